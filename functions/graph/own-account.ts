import { objectMissing } from '#core/domain/graph-error.ts';
import type { AccountId } from '#core/domain/ids.ts';
import type { GraphRequest } from './graph-route.ts';

/** The account in the path, which must be the caller's. @throws GraphError 100/33 for any other, whether there is one or not */
export function ownAccount({ id, method, caller }: Pick<GraphRequest, 'id' | 'method' | 'caller'>): AccountId {
  if (id !== caller.accountId) throw objectMissing(`Object with ID '${id}'`, { status: 400, method });
  return caller.accountId;
}
