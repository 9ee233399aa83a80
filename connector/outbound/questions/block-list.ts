import type { QuestionOf } from '#core/contracts/questions.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import type { PersonFailure } from '#core/contracts/whatsapp-answers.ts';
import { AccountRefusal, type WhatsAppAccount } from '../../whatsapp/account-port.ts';

/** Graph's code of a person who can't be reached. */
const UNDELIVERABLE = 131026;

export const answerBlockList = async (account: WhatsAppAccount): Promise<AnswerRow['answer']> => ({
  type: 'block_list',
  ...(await account.blockList()),
});

/** Blocks one person after the other, as WhatsApp Web does; a refusal of one holds nobody else up. */
export async function answerBlock(
  { action, phones }: QuestionOf<'question.block'>,
  account: WhatsAppAccount,
): Promise<AnswerRow['answer']> {
  const registered = await account.findContacts(phones);
  const done: { phone: string; waId: string }[] = [];
  const failed: PersonFailure[] = [];
  for (const phone of phones) {
    const waId = registered.get(phone);
    if (waId === undefined) {
      failed.push({ phone, code: UNDELIVERABLE, details: 'The number is not on WhatsApp.' });
      continue;
    }
    const refusal = await account.setBlocked(waId, action === 'block').catch((error: unknown) => {
      if (error instanceof AccountRefusal) return error;
      throw error;
    });
    if (refusal) failed.push({ phone, code: refusal.code, details: refusal.message });
    else done.push({ phone, waId });
  }
  return { type: 'block', done, failed };
}
