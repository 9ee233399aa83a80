import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  CreatedGroupSchema,
  CreateGroupRequestSchema,
  GroupLinkSchema,
  GroupListSchema,
  GroupParticipantsRequestSchema,
  GroupParticipantsSchema,
  GroupQuerySchema,
  GroupsQuerySchema,
} from '#core/contracts/api/graph/groups.ts';
import { pathOf, phonePath } from './graph-path.ts';
import { operation } from './operation.ts';

const group = pathOf('group_id', 'Group id', '120363041234567890');
const params = { path: group, query: GroupQuerySchema };

/** Groups; the group itself is at the path that objects of every kind have. */
export const GROUP_PATHS: ZodOpenApiPathsObject = {
  '/{version}/{phone_number_id}/groups': {
    get: operation({
      id: 'listGroups',
      tag: 'Groups',
      summary: 'The groups that the number is in',
      params: { path: phonePath, query: GroupsQuerySchema },
      answer: GroupListSchema,
      refusals: [400, 403],
    }),
    post: operation({
      id: 'createGroup',
      tag: 'Groups',
      summary: 'Make a group, in which nobody else is yet',
      params: { path: phonePath },
      body: CreateGroupRequestSchema,
      answer: CreatedGroupSchema,
      refusals: [403],
    }),
  },
  '/{version}/{group_id}/participants': {
    post: operation({
      id: 'addParticipants',
      tag: 'Groups',
      summary: 'Add people to a group that the number is an admin of',
      params,
      body: GroupParticipantsRequestSchema,
      answer: GroupParticipantsSchema,
      refusals: [403],
    }),
    delete: operation({
      id: 'removeParticipants',
      tag: 'Groups',
      summary: 'Remove people from a group that the number is an admin of',
      params,
      body: GroupParticipantsRequestSchema,
      answer: GroupParticipantsSchema,
      refusals: [403],
    }),
  },
  '/{version}/{group_id}/invite_link': {
    get: operation({
      id: 'getInviteLink',
      tag: 'Groups',
      summary: 'The link by which people join the group',
      params,
      answer: GroupLinkSchema,
      refusals: [400, 403],
    }),
    post: operation({
      id: 'renewInviteLink',
      tag: 'Groups',
      summary: 'Make another link; the one before lets nobody in any more',
      params,
      answer: GroupLinkSchema,
      refusals: [400, 403],
    }),
    delete: operation({
      id: 'deleteInviteLink',
      tag: 'Groups',
      summary: 'Let nobody in by the link any more; the next GET shows another',
      params,
      answer: z.object({ messaging_product: z.literal('whatsapp'), success: z.literal(true) }),
      refusals: [400, 403],
    }),
  },
};
