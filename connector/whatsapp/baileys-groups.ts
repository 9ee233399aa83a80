import { jidDecode } from '@whiskeysockets/baileys';
import type { PersonFailure, WhatsAppGroup } from '#core/contracts/whatsapp-answers.ts';
import { AccountRefusal } from './account-port.ts';
import { orRefusal } from './account-refusals.ts';
import type { WhatsAppGroups } from './group-port.ts';
import type { Socket } from './open-socket.ts';

/** Graph codes: no such object, a person who can't be reached, access denied. */
const NO_OBJECT = 100;
const UNDELIVERABLE = 131026;
const DENIED = 131005;
/** WhatsApp's answers about a member. */
const DONE = '200';
const ONLY_INVITED = '403';
const THERE_ALREADY = '409';

const jidOf = (groupId: string): string => `${groupId}@g.us`;
const LINK = 'https://chat.whatsapp.com/';

/** Makes and changes groups through an unmodified Baileys. */
export class BaileysGroups implements WhatsAppGroups {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  async create({ subject, description }: Parameters<WhatsAppGroups['create']>[0]): Promise<string> {
    const { id } = await orRefusal(this.#socket.groupCreate(subject, []));
    if (description) await orRefusal(this.#socket.groupUpdateDescription(id, description));
    return jidDecode(id)?.user ?? '';
  }

  async read(groupId: string): Promise<WhatsAppGroup> {
    const { subject, desc, creation, participants, joinApprovalMode } = await orRefusal(
      this.#socket.groupMetadata(jidOf(groupId)),
      noSuchGroup,
    );
    return {
      groupId,
      subject,
      ...(desc ? { description: desc } : {}),
      ...(creation ? { createdAtMs: creation * 1000 } : {}),
      approval: joinApprovalMode === true,
      members: participants.map(({ id, phoneNumber, lid, admin }) => ({
        ...addressesOf([id, phoneNumber, lid]),
        ...(admin ? { admin: true } : {}),
      })),
    };
  }

  async change(groupId: string, { subject, description }: Parameters<WhatsAppGroups['change']>[1]): Promise<void> {
    const jid = jidOf(groupId);
    if (subject !== undefined) await orRefusal(this.#socket.groupUpdateSubject(jid, subject), refused);
    if (description !== undefined) await orRefusal(this.#socket.groupUpdateDescription(jid, description), refused);
  }

  async changeMembers(
    groupId: string,
    action: 'add' | 'remove',
    waIds: readonly string[],
  ): Promise<readonly PersonFailure[]> {
    const jids = waIds.map((waId) => `${waId}@s.whatsapp.net`);
    const results = await orRefusal(this.#socket.groupParticipantsUpdate(jidOf(groupId), jids, action), refused);
    // A group may name its members by LID in the answer, which has the order of the question.
    return results.flatMap(({ status }, index) => {
      const phone = waIds[index];
      return status === DONE || phone === undefined ? [] : [{ phone, ...failureOf(status) }];
    });
  }

  async inviteLink(groupId: string, renew: boolean): Promise<string> {
    const { groupRevokeInvite, groupInviteCode } = this.#socket;
    const code = await orRefusal((renew ? groupRevokeInvite : groupInviteCode)(jidOf(groupId)), refused);
    if (!code) throw new AccountRefusal(DENIED, 'WhatsApp gave no invite link.');
    return `${LINK}${code}`;
  }

  async leave(groupId: string): Promise<void> {
    await orRefusal(this.#socket.groupLeave(jidOf(groupId)), noSuchGroup);
  }
}

function addressesOf(jids: readonly (string | undefined)[]): WhatsAppGroup['members'][number] {
  const parts = jids.flatMap((jid) => jidDecode(jid) ?? []);
  const phone = parts.find(({ server }) => server === 's.whatsapp.net')?.user;
  const lid = parts.find(({ server }) => server === 'lid')?.user;
  return { ...(phone === undefined ? {} : { phone }), ...(lid === undefined ? {} : { lid }) };
}

function failureOf(status: string): Pick<PersonFailure, 'code' | 'details'> {
  switch (status) {
    case ONLY_INVITED:
      return { code: DENIED, details: 'The person lets nobody add them to groups. Send them the invite link.' };
    case THERE_ALREADY:
      return { code: UNDELIVERABLE, details: 'The person is in the group already.' };
    default:
      return { code: UNDELIVERABLE, details: `WhatsApp refused it (${status}).` };
  }
}

const noSuchGroup = (code: number): AccountRefusal =>
  new AccountRefusal(NO_OBJECT, `The number is in no such group (${code}).`);

/** Who is in the group and may not; who is not in it hears the same. */
const refused = (code: number): AccountRefusal =>
  code === 404
    ? noSuchGroup(code)
    : new AccountRefusal(DENIED, `WhatsApp refused it (${code}): the number is no admin of the group, or not in it.`);
