import type { SQSRecord } from 'aws-lambda';

/**
 * Runs a batch: groups side by side, the records of a group one after the other. When one fails, the rest of its group is
 * returned with it, unseen, so that SQS brings them back in order; other groups go on. (Powertools' batch processor runs the
 * records of a FIFO group in parallel, which breaks their order.) A record without a group is a group of its own.
 * @param run rejects when the record shall come again
 * @returns the records that shall come again
 */
export async function processBatch(
  records: readonly SQSRecord[],
  lane: 'ordered' | 'unordered',
  run: (record: SQSRecord) => Promise<void>,
): Promise<readonly SQSRecord[]> {
  const groups = Map.groupBy(records, (record) =>
    lane === 'ordered' ? (record.attributes.MessageGroupId ?? record.messageId) : record.messageId,
  );
  const failed = await Promise.all([...groups.values()].map((group) => runGroup(group, run)));
  return failed.flat();
}

/** @returns the records that shall come again */
async function runGroup(
  group: readonly SQSRecord[],
  run: (record: SQSRecord) => Promise<void>,
): Promise<readonly SQSRecord[]> {
  for (const [index, record] of group.entries()) {
    try {
      await run(record);
    } catch {
      return group.slice(index);
    }
  }
  return [];
}
