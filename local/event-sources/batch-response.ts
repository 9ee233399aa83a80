import * as z from 'zod';

const BatchResponseSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullish();

/**
 * Ids of the messages that a function reported as failed. As AWS does it, an answer that can't be read (not this shape,
 * an empty or unknown id) fails the whole batch.
 * @param payload JSON text of the function's result
 * @param ids of the batch
 */
export function failedIds(payload: string, ids: readonly string[]): ReadonlySet<string> {
  const parsed = BatchResponseSchema.safeParse(JSON.parse(payload) === '' ? null : JSON.parse(payload));
  const failed = new Set(parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  const readable = parsed.success && [...failed].every((id) => ids.includes(id));
  return readable ? failed : new Set(ids);
}
