import type { ApiKeyRepository } from '#core/adapters/dynamodb/api-key-repository.ts';
import { hashApiKey, isMistypedApiKey, sameHash } from '#core/domain/api-key.ts';
import type { Clock } from '#core/domain/clock.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import type { ApiRequest, Caller } from './api-request.ts';

/** Finds out whose key a request carries. @throws GraphError 104 without a key, 190 with one that is not ours */
export type Authenticate = (headers: ApiRequest['headers']) => Promise<Caller>;

/** A revoked key works for at most this long in a function that has seen it, milliseconds (D2). */
const KEY_BELIEVED_MS = 60_000;
/** Keys remembered; the oldest is forgotten first. */
const MOST_KEYS = 1000;
/** Longest key that is worth a look, characters; ours have 54. */
const LONGEST_KEY = 1024;

const HOW = 'Send an API key as "Authorization: Bearer <key>", "x-api-key: <key>" or "apikey: <key>".';

export function makeAuthenticate(options: {
  readonly keys: Pick<ApiKeyRepository, 'findApiKey'>;
  readonly clock: Clock;
}): Authenticate {
  const { keys, clock } = options;
  const known = new Map<string, { readonly caller: Caller; readonly readAtMs: number }>();

  const remember = (hash: string, caller: Caller): void => {
    known.delete(hash);
    known.set(hash, { caller, readAtMs: clock.monotonic() });
    const [oldest] = known.keys();
    if (known.size > MOST_KEYS && oldest !== undefined) known.delete(oldest);
  };

  return async (headers) => {
    const key = keyOf(headers);
    if (!key) throw new GraphError(104, `No API key. ${HOW}`, { headers: { 'www-authenticate': 'Bearer' } });
    if (key.length > LONGEST_KEY) throw refusal('The API key is longer than any.');
    const hash = hashApiKey(key);
    const seen = known.get(hash);
    if (seen && clock.monotonic() - seen.readAtMs < KEY_BELIEVED_MS) return seen.caller;
    known.delete(hash);
    const row = await keys.findApiKey(hash);
    if (!row || !sameHash(row.keyHash, hash)) {
      throw refusal(
        isMistypedApiKey(key) ? 'The API key is cut off or mistyped.' : 'The API key is unknown or was revoked.',
      );
    }
    const caller = { accountId: row.accountId, apiKeyId: row.apiKeyId };
    remember(hash, caller);
    return caller;
  };
}

const refusal = (details: string): GraphError =>
  new GraphError(190, details, { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });

function keyOf(headers: ApiRequest['headers']): string | undefined {
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  return bearer ?? (headers['x-api-key']?.trim() || headers.apikey?.trim() || undefined);
}
