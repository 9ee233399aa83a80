import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { type GraphError, objectMissing } from '#core/domain/graph-error.ts';
import { MediaIdSchema } from '#core/domain/ids.ts';
import type { GraphRequest } from '../graph-route.ts';
import type { MediaDependencies } from './media-dependencies.ts';

/**
 * The file that a path names, if it belongs to the caller's account, to a number that is still there, and to `phone_number_id` where the
 * query has it: two DynamoDB reads.
 * @throws GraphError 100/33 (400), the same for a file that does not exist and for one of somebody else
 */
export async function ownMedia(
  { media, sessions }: Pick<MediaDependencies, 'media' | 'sessions'>,
  request: Pick<GraphRequest, 'id' | 'method' | 'caller' | 'query'>,
): Promise<MediaRow> {
  const id = MediaIdSchema.safeParse(request.id);
  const row = id.success ? await media.get(id.data) : undefined;
  if (row?.accountId !== request.caller.accountId) throw missing(request);
  const phone = request.query.get('phone_number_id');
  if (phone && phone !== row.sessionId) throw missing(request);
  // A number that was deleted and made anew does not inherit the files of the first.
  const session = await sessions.get(row.sessionId);
  if (session?.sessionUid !== row.sessionUid) throw missing(request);
  return row;
}

const missing = ({ id, method }: Pick<GraphRequest, 'id' | 'method'>): GraphError =>
  objectMissing(`Object with ID '${id}'`, { status: 400, method });
