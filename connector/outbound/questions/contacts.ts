import type { QuestionOf } from '#core/contracts/questions.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import type { WhatsAppAccount } from '../../whatsapp/account-port.ts';

/** Who of these numbers is on WhatsApp, and under which number. */
export async function answerContacts(
  { phones }: QuestionOf<'question.contacts'>,
  account: WhatsAppAccount,
): Promise<AnswerRow['answer']> {
  const registered = await account.findContacts(phones);
  const contacts = phones.map((phone) => {
    const waId = registered.get(phone);
    return { phone, ...(waId === undefined ? {} : { waId }) };
  });
  return { type: 'contacts', contacts };
}
