import type { GuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import type { Headers } from '#core/adapters/kms-secrets.ts';
import type { ReceiverAnswer } from '#core/contracts/api/webhooks.ts';
import type { Clock } from '#core/domain/clock.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import type { RandomBytes } from '#core/domain/ids.ts';
import { callReceiver } from './call-receiver.ts';

/** The owner waits for the answer, and the API itself has 25 s (D2). Milliseconds. */
const VERIFY_MS = 10_000;
/** Bytes of a challenge; receivers take it for a number, as Meta's is. */
const CHALLENGE_BYTES = 4;
/** Of a wrong answer the error repeats this much, characters. */
const MOST_QUOTED = 200;

export interface Handshake {
  readonly url: string;
  readonly headers: Headers;
  readonly verifyToken: string | undefined;
}

export interface HandshakeCaller {
  readonly http: Pick<GuardedHttpClient, 'get'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly version: string;
}

/** Meta's handshake toward a receiver: it has to answer 200 and repeat the challenge. */
export function shakeHands(
  { http, clock, random, version }: HandshakeCaller,
  { url, headers, verifyToken }: Handshake,
): Promise<ReceiverAnswer> {
  const challenge = String(Buffer.from(random(CHALLENGE_BYTES)).readUInt32BE());
  const asked = new URL(url);
  asked.searchParams.set('hub.mode', 'subscribe');
  asked.searchParams.set('hub.challenge', challenge);
  if (verifyToken !== undefined) asked.searchParams.set('hub.verify_token', verifyToken);
  const request = { url: asked.href, headers: { ...headers, 'User-Agent': `Pombo/${version}` }, timeoutMs: VERIFY_MS };
  return callReceiver(
    () => http.get(request),
    ({ status, body }) => {
      if (status !== 200) return `answered ${status} instead of 200`;
      return body.trim() === challenge ? undefined : `answered something else than the challenge ${challenge}`;
    },
    clock,
  );
}

/** @param field what the refusal names. @throws GraphError 100 with the receiver's status and the beginning of its answer */
export async function requireHandshake(caller: HandshakeCaller, handshake: Handshake, field = 'verify'): Promise<void> {
  const { ok, error, response } = await shakeHands(caller, handshake);
  if (ok) return;
  const quoted = response ? `: ${JSON.stringify(response.slice(0, MOST_QUOTED))}` : '';
  throw new GraphError(100, `${field}: the receiver ${error}${quoted}.`);
}
