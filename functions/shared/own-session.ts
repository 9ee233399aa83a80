import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { objectMissing } from '#core/domain/graph-error.ts';
import { SessionIdSchema } from '#core/domain/ids.ts';
import type { ApiRequest, Caller } from './api-request.ts';
import { logger } from './logger.ts';

/** Longest piece of the caller's own path that an error repeats, characters. */
const MOST_ECHOED = 40;

/**
 * Reads a session that the caller's account owns: one DynamoDB read.
 * @param status HTTP status of the refusal: Graph paths answer 400, as Meta does
 * @throws GraphError 100/33, the same for an id that does not exist and for one of another account
 */
export async function ownSession(
  sessions: Pick<SessionRepository, 'get'>,
  request: Pick<ApiRequest, 'method'> & { readonly caller: Caller; readonly id: string },
  status: 400 | 404 = 404,
): Promise<SessionRow> {
  const id = SessionIdSchema.safeParse(request.id);
  const row = id.success ? await sessions.get(id.data) : undefined;
  if (row?.accountId !== request.caller.accountId) {
    throw objectMissing(`Object with ID '${request.id.slice(0, MOST_ECHOED)}'`, { status, method: request.method });
  }
  logger.appendKeys({ sessionUid: row.sessionUid });
  return row;
}
