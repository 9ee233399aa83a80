import {
  type CreatedGroup,
  CreateGroupRequestSchema,
  type GroupList,
  GroupsQuerySchema,
} from '#core/contracts/api/graph/groups.ts';
import { present } from '#core/contracts/api/messages/characters.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import type { AskDependencies } from '../../shared/ask-session.ts';
import { ask } from '../ask.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';
import { pageOf } from '../page-of.ts';
import { withProduct } from '../with-product.ts';
import type { GroupSessions } from './group-session.ts';
import { oneGroupRoutes } from './one-group-routes.ts';

/** GET /{phone_number_id}/groups: the groups that the number is in, as WhatsApp has them at this moment. */
function makeListGroups(dependencies: AskDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const query = parseRequest(GroupsQuerySchema, Object.fromEntries(request.query));
    const { groups } = await ask(dependencies, request, { type: 'question.groups' }, 'groups');
    const { page, paging } = pageOf(request, groups, { ...query, keyOf: ({ groupId }) => groupId });
    const body: GroupList = {
      data: {
        groups: page.map(({ groupId, subject, createdAtMs }) => ({
          id: groupId,
          subject,
          ...(createdAtMs === undefined ? {} : { created_at: String(Math.floor(createdAtMs / 1000)) }),
        })),
      },
      paging,
    };
    return { body };
  };
}

/** POST /{phone_number_id}/groups: the group is there when this answers; Meta tells of it by a webhook. */
function makeCreateGroup(dependencies: AskDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const { subject, description } = parseRequest(CreateGroupRequestSchema, withProduct(request));
    const asked = { type: 'question.create_group', subject: subject.trim(), ...present({ description }) } as const;
    const { groupId, inviteLink } = await ask(dependencies, request, asked, 'group_created');
    const body: CreatedGroup = {
      messaging_product: 'whatsapp',
      request_id: groupId,
      id: groupId,
      invite_link: inviteLink,
    };
    return { body };
  };
}

/** Groups: those of a number, and what can be done with one. */
export const groupRoutes = (
  dependencies: AskDependencies & { readonly sessions: GroupSessions },
): readonly GraphRoute[] => [
  { on: 'phone_number', edge: 'groups', method: 'GET', run: makeListGroups(dependencies) },
  { on: 'phone_number', edge: 'groups', method: 'POST', run: makeCreateGroup(dependencies) },
  ...oneGroupRoutes(dependencies),
];
