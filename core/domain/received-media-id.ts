import { createHash } from 'node:crypto';
import { type MediaId, MediaIdSchema } from './ids.ts';
import type { Wamid } from './wamid.ts';

const LOWEST = 10n ** 19n;
const HASH_BYTES = 16;

/**
 * Id of the file of a received message: the same each time that the message is read, so that its event, a repeated event and the file in
 * S3 agree without asking a table.
 */
export const receivedMediaIdOf = (wamid: Wamid): MediaId => derivedMediaId(`media:${wamid}`);

/** An id that follows from facts, as long as a random one. */
export function derivedMediaId(facts: string): MediaId {
  const bytes = createHash('sha256').update(facts).digest().subarray(0, HASH_BYTES);
  return MediaIdSchema.parse((LOWEST + (BigInt(`0x${bytes.toString('hex')}`) % (9n * LOWEST))).toString());
}
