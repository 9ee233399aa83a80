import type { Paging } from '#core/contracts/api/paging.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { EndpointIdSchema } from '#core/domain/ids.ts';
import type { ApiRequest } from './api-request.ts';
import type { Place } from './newest-first.ts';

/** Graph's `paging`: the cursor, and the URL of the next page with everything else that was asked for. Empty at the end. */
export function pagingOf({ path, query, headers }: ApiRequest, after: string | undefined): Paging {
  if (after === undefined) return {};
  const next = new URLSearchParams(query);
  next.set('after', after);
  return { cursors: { after }, next: `${originOf({ headers })}${path}?${next.toString()}` };
}

/** Where the client reached us. */
export const originOf = ({ headers }: Pick<ApiRequest, 'headers'>): string =>
  `${headers['x-forwarded-proto'] ?? 'https'}://${headers.host ?? 'localhost'}`;

/** Where a list of deliveries goes on, and from when on it looks: a default that moves with the clock does not cut the last page. */
export interface DeliveryCursor {
  readonly place: Place;
  readonly sinceMs: number;
}

export const formatCursor = ({ place, sinceMs }: DeliveryCursor): string =>
  Buffer.from([sinceMs, place.position, place.endpointId ?? ''].join(' ')).toString('base64url');

const CURSOR = /^(?<since>\d{1,15}) (?<position>\d{15}(#[0-9a-f]{32})?) (?<endpoint>wh_[0-9a-f]{24})?$/;

/** @throws GraphError 100 for a cursor that is not ours */
export function parseCursor(after: string): DeliveryCursor {
  const groups = CURSOR.exec(Buffer.from(after, 'base64url').toString())?.groups;
  if (!groups) throw new GraphError(100, 'after: must be paging.cursors.after of the page before this one.');
  const { since = '', position = '', endpoint } = groups;
  const endpointId = endpoint === undefined ? {} : { endpointId: EndpointIdSchema.parse(endpoint) };
  return { sinceMs: Number(since), place: { position, ...endpointId } };
}
