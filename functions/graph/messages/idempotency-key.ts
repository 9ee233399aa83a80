import { createHash } from 'node:crypto';
import type { IdempotencyScope } from '#core/adapters/dynamodb/idempotency-repository.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import type { GraphRequest } from '../graph-route.ts';

/** Header names arrive in lower case. */
const HEADER = 'idempotency-key';
/** The same bound as other APIs have. */
const ALLOWED = /^[\u0020-\u007e]{1,255}$/;

/**
 * The key that a client gave its request, with where it counts.
 * @returns undefined without the header
 * @throws GraphError 100 for a key that is empty, too long or not printable
 */
export function idempotencyScopeOf(
  request: Pick<GraphRequest, 'headers' | 'caller' | 'id'>,
): IdempotencyScope | undefined {
  const key = request.headers[HEADER];
  if (key === undefined) return undefined;
  if (!ALLOWED.test(key)) throw new GraphError(100, 'Idempotency-Key: must be 1 to 255 printable ASCII characters.');
  return { accountId: request.caller.accountId, phoneNumberId: request.id, key };
}

/** SHA-256, hex, of what a body says, in whichever order and with whichever spaces. */
export const bodyHashOf = (body: unknown): string =>
  createHash('sha256').update(JSON.stringify(body, sorted)).digest('hex');

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
