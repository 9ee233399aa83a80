import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type EndpointStateRow, EndpointStateRowSchema } from '../../contracts/rows/endpoint-state-row.ts';
import type { Clock } from '../../domain/clock.ts';
import type { EndpointId } from '../../domain/ids.ts';
import { unlessRefused } from './unless-refused.ts';

/** What one process saw of an endpoint since it told last. */
export interface Failures {
  readonly attempts: number;
  readonly failures: number;
  /** The last attempt got no answer in time. */
  readonly timedOut: boolean;
  /** An attempt before the failed ones went well. */
  readonly succeeded: boolean;
}

/** How endpoints fare. Health costs no write: a row comes with the first failure. */
export interface EndpointStateRepository {
  /** Strongly consistent. */
  get(endpointId: EndpointId): Promise<EndpointStateRow | undefined>;
  /** Adds to the counters of the last minute. @returns the row with them */
  noteFailures(endpointId: EndpointId, seen: Failures): Promise<EndpointStateRow>;
  /** It works: since when it fails is forgotten. */
  noteSuccess(endpointId: EndpointId): Promise<void>;
  /** Opens the breaker of this generation. @returns undefined if it is open already, or the generation is over */
  open(state: Seen, why: { readonly by: string; readonly notBeforeMs?: number }): Promise<EndpointStateRow | undefined>;
  /** Nothing is sent before then. @returns undefined if that was known to be later */
  pause(endpointId: EndpointId, notBeforeMs: number): Promise<EndpointStateRow | undefined>;
  /** The backlog is to be drained. @returns undefined if somebody else changed the state first */
  drain(state: Seen, slowUntilMs?: number): Promise<EndpointStateRow | undefined>;
  /** It is held to its backlog until then. */
  slow(endpointId: EndpointId, untilMs: number): Promise<void>;
  /** The backlog is empty. @returns undefined if the generation is over, or it is not drained any more */
  close(state: Seen): Promise<EndpointStateRow | undefined>;
  /** Begins anew, with its counters gone and its generation kept: its owner switched it on again. */
  reset(endpointId: EndpointId): Promise<void>;
  /** The endpoint was deleted. */
  remove(endpointId: EndpointId): Promise<void>;
  /** Takes or keeps the right to probe and drain. @returns the row, undefined if another has it */
  hold(endpointId: EndpointId, holder: { token: string; untilMs: number }): Promise<EndpointStateRow | undefined>;
  release(endpointId: EndpointId, token: string): Promise<void>;
  /** Adds to what the backlog gave and how often it was probed. */
  count(endpointId: EndpointId, counts: Partial<Record<'drained' | 'died' | 'probes', number>>): Promise<void>;
  /** @returns false if the warning of that many hours was given before */
  warn(endpointId: EndpointId, hours: number): Promise<boolean>;
}

type Seen = Pick<EndpointStateRow, 'endpointId' | 'generation' | 'breaker'>;

/** webhooks.md 3.2: the breaker looks at the last minute. */
const WINDOW_MS = 60_000;

const UNLESS_THERE = 'breaker = if_not_exists(breaker, :closed), generation = if_not_exists(generation, :zero)';
const THERE = { ':closed': 'closed', ':zero': 0 };
/** What a recovery leaves behind at its end. */
const OF_RECOVERY =
  'openedAtMs, openedBy, notBeforeMs, slowUntilMs, drainingSinceMs, probes, drained, died, warnedHours';
const OF_WINDOW = 'windowAtMs, windowAttempts, windowFailures, timeoutsInRow';

export interface EndpointStateOptions {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}

export function makeEndpointStateRepository(options: EndpointStateOptions): EndpointStateRepository {
  const { dynamo, tableName: TableName, clock } = options;
  const update: Update = async (endpointId, expression) => {
    const answer = await unlessRefused(
      dynamo.send(
        new UpdateCommand({
          TableName,
          Key: { endpointId },
          UpdateExpression: expression.do,
          ConditionExpression: expression.if,
          ...(Object.keys(expression.values).length > 0 && { ExpressionAttributeValues: expression.values }),
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
    return answer && EndpointStateRowSchema.parse(answer.Attributes);
  };
  return {
    async get(endpointId) {
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { endpointId }, ConsistentRead: true }));
      return EndpointStateRowSchema.optional().parse(Item);
    },
    async remove(endpointId) {
      await dynamo.send(new DeleteCommand({ TableName, Key: { endpointId } }));
    },
    ...observing(update, clock),
    ...breaking(update, clock),
    ...recovering(update, clock),
  };
}

/** @returns the new row; undefined where the condition did not hold */
type Update = (
  endpointId: EndpointId,
  expression: { readonly do: string; readonly if: string; readonly values: Record<string, unknown> },
) => Promise<EndpointStateRow | undefined>;

function observing(
  update: Update,
  clock: Clock,
): Pick<EndpointStateRepository, 'noteFailures' | 'noteSuccess' | 'pause'> {
  return {
    async noteFailures(endpointId, seen) {
      const { attempts, failures, timedOut, succeeded } = seen;
      const nowMs = clock.now();
      const since = succeeded ? ':now' : 'if_not_exists(failingSinceMs, :now)';
      const common = `SET ${UNLESS_THERE}, failingSinceMs = ${since}, timeoutsInRow = ${inRow(seen)}, lastFailureAtMs = :now, updatedAtMs = :now`;
      const values = {
        ...THERE,
        ':now': nowMs,
        ':attempts': attempts,
        ':failures': failures,
        ':from': nowMs - WINDOW_MS,
        ...(timedOut && { ':one': 1 }),
      };
      for (;;) {
        const row =
          (await update(endpointId, {
            do: `${common} ADD windowAttempts :attempts, windowFailures :failures`,
            if: 'windowAtMs > :from',
            values,
          })) ??
          (await update(endpointId, {
            do: `${common}, windowAtMs = :now, windowAttempts = :attempts, windowFailures = :failures`,
            if: 'attribute_not_exists(windowAtMs) OR windowAtMs <= :from',
            values,
          }));
        if (row) return row;
      }
    },
    async noteSuccess(endpointId) {
      await update(endpointId, {
        do: 'SET updatedAtMs = :now REMOVE failingSinceMs, timeoutsInRow, warnedHours',
        if: 'attribute_exists(endpointId)',
        values: { ':now': clock.now() },
      });
    },
    pause: (endpointId, notBeforeMs) =>
      update(endpointId, {
        do: `SET ${UNLESS_THERE}, notBeforeMs = :then, updatedAtMs = :now`,
        if: 'attribute_not_exists(notBeforeMs) OR notBeforeMs < :then',
        values: { ...THERE, ':then': notBeforeMs, ':now': clock.now() },
      }),
  };
}

/** The counter of timeouts after these attempts, as an expression. */
function inRow({ succeeded, timedOut }: Failures): string {
  if (!timedOut) return ':zero';
  return succeeded ? ':one' : 'if_not_exists(timeoutsInRow, :zero) + :one';
}

/** Only if nobody has changed the breaker since. A row that nobody has written yet is closed and of generation 0. */
const sameAs = ({ breaker, generation }: Seen) => ({
  if:
    breaker === 'closed' && generation === 0
      ? '(attribute_not_exists(generation) OR (generation = :seen AND breaker = :was))'
      : '(generation = :seen AND breaker = :was)',
  values: { ':seen': generation, ':was': breaker },
});
/** A recovery execution belongs to a generation, so a new one begins whenever a closed breaker does not stay closed. */
const nextGeneration = ({ breaker, generation }: Seen): number => (breaker === 'closed' ? generation + 1 : generation);

function breaking(update: Update, clock: Clock): Pick<EndpointStateRepository, 'close' | 'drain' | 'open' | 'reset'> {
  return {
    open(state, { by, notBeforeMs }) {
      if (state.breaker === 'open') return Promise.resolve(undefined);
      const same = sameAs(state);
      const pause = notBeforeMs === undefined ? '' : ', notBeforeMs = :then';
      return update(state.endpointId, {
        do: `SET breaker = :open, generation = :next, openedAtMs = :now, openedBy = :by, updatedAtMs = :now, probes = :zero${pause} REMOVE drainingSinceMs`,
        if: same.if,
        values: {
          ...same.values,
          ':open': 'open',
          ':next': nextGeneration(state),
          ':now': clock.now(),
          ':by': by,
          ':zero': 0,
          ...(notBeforeMs !== undefined && { ':then': notBeforeMs }),
        },
      });
    },
    drain(state, slowUntilMs) {
      const same = sameAs(state);
      const slow = slowUntilMs === undefined ? '' : ', slowUntilMs = :slow';
      return update(state.endpointId, {
        do: `SET breaker = :draining, generation = :next, drainingSinceMs = :now, updatedAtMs = :now${slow} REMOVE ${OF_WINDOW}`,
        if: same.if,
        values: {
          ...same.values,
          ':draining': 'draining',
          ':next': nextGeneration(state),
          ':now': clock.now(),
          ...(slowUntilMs !== undefined && { ':slow': slowUntilMs }),
        },
      });
    },
    close(state) {
      const same = sameAs(state);
      return update(state.endpointId, {
        do: `SET breaker = :closed, updatedAtMs = :now REMOVE ${OF_RECOVERY}, ${OF_WINDOW}`,
        if: same.if,
        values: { ...same.values, ':closed': 'closed', ':now': clock.now() },
      });
    },
    async reset(endpointId) {
      await update(endpointId, {
        do: `SET breaker = :closed, updatedAtMs = :now REMOVE ${OF_RECOVERY}, ${OF_WINDOW}, failingSinceMs, lastFailureAtMs`,
        if: 'attribute_exists(endpointId)',
        values: { ':closed': 'closed', ':now': clock.now() },
      });
    },
  };
}

function recovering(
  update: Update,
  clock: Clock,
): Pick<EndpointStateRepository, 'count' | 'hold' | 'release' | 'slow' | 'warn'> {
  return {
    hold: (endpointId, { token, untilMs }) =>
      update(endpointId, {
        do: 'SET drainer = :me, drainerUntilMs = :until',
        if: 'attribute_exists(endpointId) AND (attribute_not_exists(drainer) OR drainer = :me OR drainerUntilMs < :now)',
        values: { ':me': token, ':until': untilMs, ':now': clock.now() },
      }),
    async release(endpointId, token) {
      await update(endpointId, { do: 'REMOVE drainer, drainerUntilMs', if: 'drainer = :me', values: { ':me': token } });
    },
    async slow(endpointId, untilMs) {
      await update(endpointId, {
        do: 'SET slowUntilMs = :until',
        if: 'attribute_exists(endpointId)',
        values: { ':until': untilMs },
      });
    },
    async count(endpointId, counts) {
      const some = Object.entries(counts).filter(([, value]) => value > 0);
      if (some.length === 0) return;
      await update(endpointId, {
        do: `ADD ${some.map(([name]) => `${name} :${name}`).join(', ')}`,
        if: 'attribute_exists(endpointId)',
        values: Object.fromEntries(some.map(([name, value]) => [`:${name}`, value])),
      });
    },
    async warn(endpointId, hours) {
      const warned = await update(endpointId, {
        do: 'SET warnedHours = :hours',
        if: 'attribute_exists(failingSinceMs) AND (attribute_not_exists(warnedHours) OR warnedHours < :hours)',
        values: { ':hours': hours },
      });
      return warned !== undefined;
    },
  };
}
