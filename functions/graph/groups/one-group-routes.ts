import {
  ChangeGroupRequestSchema,
  type Group,
  type GroupLink,
  type GroupParticipants,
  GroupParticipantsRequestSchema,
} from '#core/contracts/api/graph/groups.ts';
import { present } from '#core/contracts/api/messages/characters.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { WhatsAppGroup } from '#core/contracts/whatsapp-answers.ts';
import { canonicalNumber } from '#core/domain/phone-number.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import type { AskDependencies } from '../../shared/ask-session.ts';
import { ask } from '../ask.ts';
import { selectFields } from '../fields.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';
import { phonesOf, toldPeople } from '../people.ts';
import { withProduct } from '../with-product.ts';
import { type GroupSessions, withGroupSession } from './group-session.ts';

type GroupDependencies = AskDependencies & { readonly sessions: GroupSessions };

const SUCCESS: ApiResponse = { body: { success: true } };

/** GET /{group_id} */
function makeGetGroup(dependencies: GroupDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const asked = { type: 'question.group', groupId: request.id } as const;
    const { group } = await ask(dependencies, request, asked, 'group');
    const { phoneNumber = '' } = await request.session();
    return { body: selectFields(shownGroup(group, phoneNumber), request.query.get('fields') ?? undefined) };
  };
}

function shownGroup(group: WhatsAppGroup, ownNumber: string): Group {
  const { groupId, subject, description, createdAtMs, approval, members } = group;
  const others = members.filter(({ phone }) => !phone || canonicalNumber(phone) !== canonicalNumber(ownNumber));
  return {
    messaging_product: 'whatsapp',
    id: groupId,
    subject,
    ...(description === undefined ? {} : { description }),
    ...(createdAtMs === undefined ? {} : { creation_timestamp: Math.floor(createdAtMs / 1000) }),
    join_approval_mode: approval ? 'approval_required' : 'auto_approve',
    suspended: false,
    participants: others.map(({ phone, lid, admin }) => ({
      ...(phone === undefined ? {} : { wa_id: canonicalNumber(phone) }),
      ...(lid === undefined ? {} : { user_id: lid }),
      ...(admin ? { admin } : {}),
    })),
    total_participant_count: others.length,
  };
}

/** POST /{group_id} */
function makeChangeGroup(dependencies: GroupDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const { subject, description } = parseRequest(ChangeGroupRequestSchema, withProduct(request));
    const change = present({ subject, description });
    await ask(dependencies, request, { type: 'question.change_group', groupId: request.id, ...change }, 'changed');
    return SUCCESS;
  };
}

/** DELETE /{group_id}: the number leaves it; a group has no other end on WhatsApp. */
function makeLeaveGroup(dependencies: GroupDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    await ask(dependencies, request, { type: 'question.leave_group', groupId: request.id }, 'changed');
    return SUCCESS;
  };
}

/** POST and DELETE /{group_id}/participants: a failure of one person holds nobody else up. */
function makeChangeParticipants(dependencies: GroupDependencies, action: 'add' | 'remove') {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const { participants } = parseRequest(GroupParticipantsRequestSchema, withProduct(request));
    const phones = phonesOf(participants);
    const asked = { type: 'question.group_members', groupId: request.id, action, phones } as const;
    const answer =
      phones.length > 0 ? await ask(dependencies, request, asked, 'group_members') : { done: [], failed: [] };
    const { users, failedUsers } = toldPeople(participants, answer);
    const body: GroupParticipants = {
      messaging_product: 'whatsapp',
      participants: users,
      ...(failedUsers.length > 0 ? { failed_participants: failedUsers } : {}),
    };
    return { body };
  };
}

/** GET /{group_id}/invite_link shows it, POST and DELETE make another, so that the one before lets nobody in any more. */
function makeInviteLink(dependencies: GroupDependencies, renew: boolean) {
  return async (request: GraphRequest): Promise<GroupLink> => {
    const asked = { type: 'question.group_link', groupId: request.id, renew } as const;
    const { inviteLink } = await ask(dependencies, request, asked, 'group_link');
    return { messaging_product: 'whatsapp', invite_link: inviteLink };
  };
}

/** What Meta has below the id of a group. */
export function oneGroupRoutes(dependencies: GroupDependencies): readonly GraphRoute[] {
  const link = makeInviteLink(dependencies, false);
  const newLink = makeInviteLink(dependencies, true);
  const route = (method: GraphRoute['method'], edge: string | undefined, run: GraphRoute['run']): GraphRoute => ({
    on: 'group',
    ...(edge === undefined ? {} : { edge }),
    method,
    run: async (request) => run(await withGroupSession(dependencies.sessions, request)),
  });
  return [
    route('GET', undefined, makeGetGroup(dependencies)),
    route('POST', undefined, makeChangeGroup(dependencies)),
    route('DELETE', undefined, makeLeaveGroup(dependencies)),
    route('POST', 'participants', makeChangeParticipants(dependencies, 'add')),
    route('DELETE', 'participants', makeChangeParticipants(dependencies, 'remove')),
    route('GET', 'invite_link', async (request) => ({ body: await link(request) })),
    route('POST', 'invite_link', async (request) => ({ body: await newLink(request) })),
    route('DELETE', 'invite_link', async (request) => {
      await newLink(request);
      return { body: { messaging_product: 'whatsapp', success: true } };
    }),
  ];
}
