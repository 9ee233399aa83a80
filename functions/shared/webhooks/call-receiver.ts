import type { GuardedResponse } from '#core/adapters/http/guarded-http-client.ts';
import { RequestFailed } from '#core/adapters/http/request-failed.ts';
import type { ReceiverAnswer } from '#core/contracts/api/webhooks.ts';
import type { Clock } from '#core/domain/clock.ts';

/** Of an answer the first KiB is shown, as in delivery rows (webhooks.md 3.2). Characters. */
const MOST_SHOWN = 1024;

/** Calls a receiver while its owner waits. @param judge says why an answer is not the wanted one, undefined if it is */
export async function callReceiver(
  send: () => Promise<GuardedResponse>,
  judge: (response: GuardedResponse) => string | undefined,
  clock: Clock,
): Promise<ReceiverAnswer> {
  const startedMs = clock.monotonic();
  const durationMs = (): number => Math.round(clock.monotonic() - startedMs);
  try {
    const response = await send();
    const error = judge(response) ?? null;
    const shown = response.body.slice(0, MOST_SHOWN);
    return { ok: error === null, status: response.status, duration_ms: durationMs(), response: shown, error };
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    const why = `${error.reason}: ${error.message}`;
    return { ok: false, status: null, duration_ms: durationMs(), response: null, error: why };
  }
}
