/** SQS takes ten messages in one call … */
const MOST_MESSAGES = 10;
/** … and 1 MiB in all; a little is left for attributes. */
const MOST_BYTES = 1024 * 1024 - 4096;

/** Cuts messages into calls that SQS accepts, in order: at most ten, at most 1 MiB together. A message over 1 MiB stands alone, for SQS to refuse. */
export function batchesOf<T extends { readonly MessageBody: string }>(
  messages: readonly T[],
): readonly (readonly T[])[] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.MessageBody);
    const last = batches.at(-1);
    if (last && last.length < MOST_MESSAGES && bytes + size <= MOST_BYTES) {
      last.push(message);
      bytes += size;
    } else {
      batches.push([message]);
      bytes = size;
    }
  }
  return batches;
}
