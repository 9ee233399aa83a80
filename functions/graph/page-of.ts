import type { Paging } from '#core/contracts/api/paging.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { originOf } from '../shared/paging.ts';
import type { GraphRequest } from './graph-route.ts';

/** Which part of a list a client wants. */
interface Wanted {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/**
 * One page of a list that is known as a whole, with Graph's cursors in both directions.
 * @param rows in the order of their keys
 * @throws GraphError 100 for a cursor that is not ours, or for both of them
 */
export function pageOf<T>(
  request: GraphRequest,
  rows: readonly T[],
  { keyOf, limit, after, before }: Wanted & { readonly keyOf: (row: T) => string },
): { readonly page: readonly T[]; readonly paging: Paging } {
  if (after !== undefined && before !== undefined) throw new GraphError(100, 'before: can’t be given with after.');
  const afterKey = keyIn('after', after);
  const beforeKey = keyIn('before', before);
  const end = beforeKey === undefined ? rows.length : rows.filter((row) => keyOf(row) < beforeKey).length;
  const start = afterKey === undefined ? 0 : rows.filter((row) => keyOf(row) <= afterKey).length;
  const from = beforeKey === undefined ? start : Math.max(0, end - limit);
  const to = Math.min(beforeKey === undefined ? from + limit : end, rows.length);
  const page = rows.slice(from, to);
  const [first, last] = [page[0], page.at(-1)];
  if (first === undefined || last === undefined) return { page, paging: {} };
  const cursors = { before: cursorOf(keyOf(first)), after: cursorOf(keyOf(last)) };
  return {
    page,
    paging: {
      cursors,
      ...(to < rows.length ? { next: urlOf(request, { after: cursors.after }) } : {}),
      ...(from > 0 ? { previous: urlOf(request, { before: cursors.before }) } : {}),
    },
  };
}

const cursorOf = (key: string): string => Buffer.from(key).toString('base64url');

function keyIn(name: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const key = Buffer.from(cursor, 'base64url').toString();
  if (cursor !== '' && cursorOf(key) === cursor) return key;
  throw new GraphError(100, `${name}: must be paging.cursors.${name} of a page.`);
}

function urlOf(request: GraphRequest, cursor: { readonly after?: string; readonly before?: string }): string {
  const query = new URLSearchParams(request.query);
  query.delete('after');
  query.delete('before');
  // Some clients send their key here; it goes into no answer.
  query.delete('access_token');
  for (const [name, value] of Object.entries(cursor)) query.set(name, value);
  return `${originOf(request)}${request.path}?${query.toString()}`;
}
