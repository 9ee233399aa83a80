import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { readTasks } from '#core/adapters/dynamodb/task-repository.ts';
import { GUARD_LEASE, type LeaseRow } from '#core/contracts/rows/lease-row.ts';
import { TableKeys } from '#core/resource-names.ts';
import { type Fleet, fleetOf, type TaskRun } from './fleet.ts';

/** The leases of shards and the guard, beside the heartbeats. Each change is one conditional write. */
export interface LeaseTable {
  /** Everything as it is now, strongly consistent row by row. */
  look(): Promise<Fleet>;
  /** Takes a lease with a new epoch, if nobody has since `seen`. @returns whether it is ours */
  claim(seen: LeaseRow, epoch: number, me: TaskRun): Promise<boolean>;
  /** Names whom the shard is to go to; `undefined` takes the word back. @returns false when it is not `seen`'s owner's any more */
  offer(seen: LeaseRow, target: TaskRun | undefined): Promise<boolean>;
  /** Says that the target could begin. @returns false when the offer is gone */
  accept(seen: LeaseRow, me: TaskRun): Promise<boolean>;
  /** Gives the lease to somebody with a new epoch. @returns false when it was not `seen`'s owner's any more */
  handOver(seen: LeaseRow, epoch: number, target: TaskRun): Promise<boolean>;
  /** Gives the lease back. */
  release(seen: LeaseRow): Promise<boolean>;
  /** Notes whether the shard has sessions. */
  note(seen: LeaseRow, inUse: boolean): Promise<boolean>;
  /** Takes the guard, if nobody has since `seen`. @param floor lowest epoch of a shard from now on */
  claimGuard(seen: LeaseRow, floor: number, me: TaskRun): Promise<boolean>;
  /** Lifts the guard's epoch to `epoch` where it is lower, whoever holds it. */
  raiseGuard(epoch: number): Promise<boolean>;
}

const { pk } = TableKeys.tasks;
const OFFER = ['target', 'targetIncarnation', 'ready'] as const;

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

interface Change {
  readonly set?: Values;
  readonly remove?: readonly string[];
  /** Attributes have these values; `undefined`: there is none. */
  readonly onlyIf: Values;
}

export function makeLeaseTable(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  /** How many shards there are. */
  readonly shards: number;
}): LeaseTable {
  const { dynamo, tableName: TableName, shards } = options;
  const update = (id: string, change: Change): Promise<boolean> =>
    unlessRefused(dynamo.send(new UpdateCommand({ TableName, Key: { [pk]: id }, ...expressionsOf(change) })));
  const asSeen = ({ owner, incarnation, epoch }: LeaseRow): Values => ({ owner, incarnation, epoch });
  return {
    async look() {
      const { tasks, leases: leaseRows } = await readTasks(dynamo, TableName);
      return fleetOf({ tasks: new Map(tasks.map((row) => [row.taskId, row])), leaseRows }, shards);
    },
    claim: ({ taskId, epoch: seen }, epoch, { taskId: owner, incarnation }) =>
      // The mark of a first session may have made the row before there was an epoch.
      update(taskId, { set: { epoch, owner, incarnation }, remove: OFFER, onlyIf: { epoch: seen || undefined } }),
    offer: (seen, target) =>
      target
        ? update(seen.taskId, {
            set: { target: target.taskId, targetIncarnation: target.incarnation },
            remove: ['ready'],
            onlyIf: asSeen(seen),
          })
        : update(seen.taskId, { remove: OFFER, onlyIf: asSeen(seen) }),
    accept: (seen, { taskId: target, incarnation: targetIncarnation }) =>
      update(seen.taskId, { set: { ready: true }, onlyIf: { ...asSeen(seen), target, targetIncarnation } }),
    handOver: (seen, epoch, { taskId: owner, incarnation }) =>
      update(seen.taskId, { set: { epoch, owner, incarnation }, remove: OFFER, onlyIf: asSeen(seen) }),
    release: (seen) => update(seen.taskId, { remove: ['owner', 'incarnation', ...OFFER], onlyIf: asSeen(seen) }),
    note: (seen, inUse) => update(seen.taskId, { set: { inUse }, onlyIf: asSeen(seen) }),
    claimGuard: ({ epoch }, floor, { taskId: owner, incarnation }) =>
      update(GUARD_LEASE, {
        set: { epoch: epoch + 1, owner, incarnation, floor },
        onlyIf: { epoch: epoch || undefined },
      }),
    raiseGuard: (epoch) =>
      unlessRefused(
        dynamo.send(
          new UpdateCommand({
            TableName,
            Key: { [pk]: GUARD_LEASE },
            UpdateExpression: 'SET #epoch = :epoch',
            ConditionExpression: '#epoch < :epoch',
            ExpressionAttributeNames: { '#epoch': 'epoch' },
            ExpressionAttributeValues: { ':epoch': epoch },
          }),
        ),
      ),
  };
}

function expressionsOf({ set = {}, remove = [], onlyIf }: Change) {
  const names = [...new Set([...Object.keys(set), ...remove, ...Object.keys(onlyIf)])];
  const conditions = Object.entries(onlyIf).map(([name, value]) =>
    value === undefined ? `attribute_not_exists(#${name})` : `#${name} = :if_${name}`,
  );
  const updates = [
    Object.keys(set).length > 0
      ? `SET ${Object.keys(set)
          .map((name) => `#${name} = :${name}`)
          .join(', ')}`
      : '',
    remove.length > 0 ? `REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : '',
  ];
  const expected = Object.entries(onlyIf).filter(([, value]) => value !== undefined);
  return {
    UpdateExpression: updates.filter(Boolean).join(' '),
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
      ...Object.fromEntries(expected.map(([name, value]) => [`:if_${name}`, value])),
    },
  };
}

/** @returns false when the condition did not hold */
async function unlessRefused(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
