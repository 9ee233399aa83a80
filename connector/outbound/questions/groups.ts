import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import type { WhatsAppAccount } from '../../whatsapp/account-port.ts';

/** A row holds 400 KB: a thousand groups with subjects of WhatsApp's longest 100 characters fit. */
const MOST_GROUPS = 1000;

/** The groups that the number is in, ordered by id. */
export async function answerGroups(account: WhatsAppAccount): Promise<AnswerRow['answer']> {
  const groups = [...(await account.groups())].toSorted((one, other) => (one.groupId < other.groupId ? -1 : 1));
  return { type: 'groups', groups: groups.slice(0, MOST_GROUPS) };
}
