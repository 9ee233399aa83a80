import {
  type BlockedUsers,
  BlockedUsersQuerySchema,
  type BlockUsers,
  BlockUsersRequestSchema,
} from '#core/contracts/api/graph/block-users.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import { canonicalNumber } from '#core/domain/phone-number.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import type { AskDependencies } from '../../shared/ask-session.ts';
import { ask } from '../ask.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';
import { pageOf } from '../page-of.ts';
import { phonesOf, toldPeople } from '../people.ts';
import { withProduct } from '../with-product.ts';

type Done = Extract<AnswerRow['answer'], { readonly type: 'block' }>;

/** POST and DELETE /{phone_number_id}/block_users: a failure of one person holds nobody else up. */
function makeChangeBlocked(dependencies: AskDependencies, action: 'block' | 'unblock') {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const { block_users } = parseRequest(BlockUsersRequestSchema, withProduct(request));
    const phones = phonesOf(block_users);
    const { users, failedUsers } = toldPeople(block_users, await changeAll(dependencies, request, { action, phones }));
    const body: BlockUsers = {
      messaging_product: 'whatsapp',
      block_users: {
        ...(action === 'block' ? { added_users: users } : { removed_users: users }),
        ...(failedUsers.length > 0 ? { failed_users: failedUsers } : {}),
      },
    };
    return { body };
  };
}

async function changeAll(
  dependencies: AskDependencies,
  request: GraphRequest,
  change: { readonly action: 'block' | 'unblock'; readonly phones: string[] },
): Promise<Pick<Done, 'done' | 'failed'>> {
  if (change.phones.length > 0) return ask(dependencies, request, { type: 'question.block', ...change }, 'block');
  await request.session();
  return { done: [], failed: [] };
}

/** GET /{phone_number_id}/block_users */
function makeListBlocked(dependencies: AskDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const query = parseRequest(BlockedUsersQuerySchema, Object.fromEntries(request.query));
    const { phones, lids } = await ask(dependencies, request, { type: 'question.block_list' }, 'block_list');
    const people = [
      ...phones.map((phone) => ({ key: `p${phone}`, wa_id: canonicalNumber(phone) })),
      ...lids.map((lid) => ({ key: `l${lid}`, user_id: lid })),
    ].toSorted((one, other) => (one.key < other.key ? -1 : 1));
    const { page, paging } = pageOf(request, people, { ...query, keyOf: ({ key }) => key });
    const body: BlockedUsers = {
      data: page.map(({ key: _key, ...person }) => ({ messaging_product: 'whatsapp', ...person })),
      paging,
    };
    return { body };
  };
}

/** Whom a number has blocked, kept by WhatsApp. */
export const blockUserRoutes = (dependencies: AskDependencies): readonly GraphRoute[] => [
  { on: 'phone_number', edge: 'block_users', method: 'GET', run: makeListBlocked(dependencies) },
  { on: 'phone_number', edge: 'block_users', method: 'POST', run: makeChangeBlocked(dependencies, 'block') },
  { on: 'phone_number', edge: 'block_users', method: 'DELETE', run: makeChangeBlocked(dependencies, 'unblock') },
];
