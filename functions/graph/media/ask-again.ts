import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { newClaim } from '#core/domain/ids.ts';
import { envelopeOf } from '../../shared/control-command.ts';
import type { GraphRequest } from '../graph-route.ts';
import type { MediaDependencies } from './media-dependencies.ts';

/** So long after a failure nobody is asked again, milliseconds: the phone was asked a moment ago. */
const REST_MS = 300_000;
/** An attempt that has taken longer was lost, milliseconds. */
const STALE_MS = 600_000;

/**
 * A received file that would not come: whoever asks for it has it asked of WhatsApp, and of the phone of the number, once more. The message
 * was told long ago, so nothing waits for it.
 * @returns the row as it is now: `arriving`, if it is asked for
 */
export async function askAgain(
  {
    media,
    sessions,
    outbound,
    clock,
    random,
  }: Pick<MediaDependencies, 'media' | 'sessions' | 'outbound' | 'clock' | 'random'>,
  row: MediaRow,
  { traceId }: Pick<GraphRequest, 'traceId'>,
): Promise<MediaRow> {
  const nowMs = clock.now();
  const { source, state, sinceMs, message, mediaId } = row;
  if (source !== 'received' || state !== 'failed' || message === undefined || nowMs - sinceMs < REST_MS) return row;
  const session = await sessions.get(row.sessionId);
  if (!session) return row;
  const { error: _error, ...rest } = row;
  const arriving = { ...rest, state: 'arriving' as const, claim: newClaim(random), sinceMs: nowMs };
  const there = await media.claim(arriving, { staleMs: nowMs - STALE_MS });
  if (there) return there;
  const envelope = envelopeOf(session, nowMs, traceId);
  await outbound.send(session.shard, { ...envelope, type: 'media.ask', mediaId, message });
  return arriving;
}
