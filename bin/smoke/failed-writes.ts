import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { sleep } from '#core/domain/clock.ts';
import { TableKeys } from '#core/resource-names.ts';
import { type Check, type Deployed, failed, held, open } from './check.ts';

const WRITES = 50;
/** CloudWatch shows DynamoDB's consumption a few minutes later. */
const SHOWN_WITHIN_MS = 360_000;
const LOOK_EVERY_MS = 20_000;
const MINUTE_S = 60;
const MINUTE_MS = 60_000;

/**
 * Leases and token buckets count on a refused conditional write costing one write unit and no more. DynamoDB does not say it in
 * the refusal, so the table's own metric has to: of the accounts table, which nobody else writes to while this runs.
 */
export const failedWrites: Check = {
  name: 'a conditional write that is refused costs one write unit',
  async run(deployed) {
    if (deployed.isLocal) return open('the runner has no metrics of DynamoDB');
    const startedMs = deployed.clock.now();
    await refusedWrites(deployed);
    const units = await consumedSince(deployed, startedMs);
    if (units === 0) return open('CloudWatch does not show it yet: ConsumedWriteCapacityUnits of the accounts table');
    return Math.round(units) === WRITES
      ? held(`${WRITES} refused writes, ${units} units`)
      : failed(`${WRITES} refused writes, ${units} units: what D6 and the limits cost has to be counted again`);
  },
};

async function refusedWrites({ target }: Deployed): Promise<void> {
  const { pk, sk } = TableKeys.accounts;
  for (let write = 0; write < WRITES; write += 1) {
    try {
      await target.dynamo.send(
        new PutCommand({
          TableName: target.accountsTable,
          Item: { [pk]: 'SMOKE', [sk]: `${write}` },
          ConditionExpression: 'attribute_exists(#pk)',
          ExpressionAttributeNames: { '#pk': pk },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      continue;
    }
    throw new Error('A write whose condition does not hold was taken');
  }
}

/** Grows until all of it is shown; the same twice in a row is all of it. */
async function consumedSince({ target, clock }: Deployed, startedMs: number): Promise<number> {
  const cloudwatch = new CloudWatchClient(target.aws);
  let last = 0;
  while (clock.now() - startedMs < SHOWN_WITHIN_MS) {
    await sleep(clock, LOOK_EVERY_MS);
    const { Datapoints = [] } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/DynamoDB',
        MetricName: 'ConsumedWriteCapacityUnits',
        Dimensions: [{ Name: 'TableName', Value: target.accountsTable }],
        // Whole minutes, the one in which it began included.
        StartTime: new Date(startedMs - (startedMs % MINUTE_MS)),
        EndTime: new Date(clock.now()),
        Period: MINUTE_S,
        Statistics: ['Sum'],
      }),
    );
    const sum = Datapoints.reduce((units, { Sum = 0 }) => units + Sum, 0);
    if (sum > 0 && sum === last) break;
    last = sum;
  }
  cloudwatch.destroy();
  return last;
}
