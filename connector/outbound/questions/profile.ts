import type { QuestionOf } from '#core/contracts/questions.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import { AccountRefusal, type WhatsAppAccount } from '../../whatsapp/account-port.ts';

/** Graph's code of an invalid parameter. */
const INVALID = 100;
/** What only numbers of WhatsApp Business have. */
const BUSINESS_FIELDS = ['address', 'description', 'email', 'websites'] as const;

export const answerProfile = async (account: WhatsAppAccount): Promise<AnswerRow['answer']> => ({
  type: 'profile',
  profile: await account.profile(),
});

/** Refuses before it changes anything: a number without WhatsApp Business keeps its text too. */
export async function answerChangeProfile(
  question: QuestionOf<'question.change_profile'>,
  account: WhatsAppAccount,
): Promise<AnswerRow['answer']> {
  const { about } = question;
  const named = BUSINESS_FIELDS.filter((field) => question[field] !== undefined);
  if (named.length > 0 && !(await account.profile()).business) {
    throw new AccountRefusal(INVALID, `${named[0]}: only numbers of WhatsApp Business have one, and this one is none.`);
  }
  if (about !== undefined) await account.setAbout(about);
  if (named.length > 0) {
    await account.changeBusiness(Object.fromEntries(named.map((field) => [field, question[field]])));
  }
  return { type: 'changed' };
}
