import type { QuestionOf } from '#core/contracts/questions.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import type { WhatsAppAccount } from '../../whatsapp/account-port.ts';

type Answer = AnswerRow['answer'];
type GroupQuestion = QuestionOf<
  | 'question.create_group'
  | 'question.group'
  | 'question.change_group'
  | 'question.group_members'
  | 'question.group_link'
  | 'question.leave_group'
>;

/** Graph's code of a person who can't be reached. */
const UNDELIVERABLE = 131026;

/** Makes a group, shows one, or changes it. */
export async function answerAboutGroup(question: GroupQuestion, account: WhatsAppAccount): Promise<Answer> {
  const { inGroups } = account;
  switch (question.type) {
    case 'question.create_group': {
      const groupId = await inGroups.create(question);
      return { type: 'group_created', groupId, inviteLink: await inGroups.inviteLink(groupId, false) };
    }
    case 'question.group':
      return { type: 'group', group: await inGroups.read(question.groupId) };
    case 'question.change_group':
      await inGroups.change(question.groupId, question);
      return { type: 'changed' };
    case 'question.group_members':
      return answerMembers(question, account);
    case 'question.group_link':
      return { type: 'group_link', inviteLink: await inGroups.inviteLink(question.groupId, question.renew) };
    case 'question.leave_group':
      await inGroups.leave(question.groupId);
      return { type: 'changed' };
  }
}

/** Those who are not on WhatsApp hold nobody else up. */
async function answerMembers(
  { groupId, action, phones }: QuestionOf<'question.group_members'>,
  account: WhatsAppAccount,
): Promise<Answer> {
  const registered = await account.findContacts(phones);
  const found = phones.flatMap((phone) => {
    const waId = registered.get(phone);
    return waId === undefined ? [] : [{ phone, waId }];
  });
  const waIds = found.map(({ waId }) => waId);
  const refused = found.length > 0 ? await account.inGroups.changeMembers(groupId, action, waIds) : [];
  const nowhere = phones
    .filter((phone) => !registered.has(phone))
    .map((phone) => ({ phone, code: UNDELIVERABLE, details: 'The number is not on WhatsApp.' }));
  const failed = refused.map((failure) => ({
    ...failure,
    phone: found.find(({ waId }) => waId === failure.phone)?.phone ?? failure.phone,
  }));
  return {
    type: 'group_members',
    done: found.filter(({ phone }) => !failed.some((failure) => failure.phone === phone)),
    failed: [...failed, ...nowhere],
  };
}
