import type {
  IdempotencyRecord,
  IdempotencyRepository,
  IdempotencyScope,
} from '#core/adapters/dynamodb/idempotency-repository.ts';
import type { Address } from '#core/contracts/outbound-command.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { newStanzaId, type RandomBytes, type StanzaId } from '#core/domain/ids.ts';
import { Metric } from '#core/observability/metrics.ts';
import { count } from '../../shared/count.ts';
import type { GraphRequest } from '../graph-route.ts';
import type { Admission, Ask, MessageLimits } from '../limits/message-limits.ts';
import { bodyHashOf, idempotencyScopeOf } from './idempotency-key.ts';

/** Queues the message. @param isRepeated an earlier request may have queued it under this id, and may have died of it */
export type Enqueue = (stanzaId: StanzaId, isRepeated: boolean) => Promise<void>;

/** One request that wants to send. */
export interface Attempt {
  readonly session: SessionRow;
  /** Id of the message, if an earlier request with the same Idempotency-Key and body has queued it: there is nothing to do. */
  readonly repeated: StanzaId | undefined;
  /**
   * Lets the message through the limits, once for all requests with its Idempotency-Key, and queues it.
   * @returns its id; that of an earlier request, where this one goes on with the work of that
   * @throws GraphError 429 over a limit; 100 (409) where the key means another body
   */
  send(to: Address, enqueue: Enqueue): Promise<StanzaId>;
}

export interface AdmissionDependencies {
  readonly limits: Pick<MessageLimits, 'admit'>;
  readonly idempotency: IdempotencyRepository;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Opens a request: its session, and what an earlier one with its Idempotency-Key has left. @throws GraphError 100 for a wrong key */
export type Admit = (request: GraphRequest) => Promise<Attempt>;

/** A request that is refused while another with its key is at work looks so often, and waits so long between, for what that has done. */
const LOOKS_MS = [0, 100, 200];

/**
 * The step between a message that is valid and its queue. With an Idempotency-Key the order is: pay, note the id, queue, note
 * that it is done. So a note means that it is paid; whoever finds one goes on from there with the same id, and the queue and
 * WhatsApp make one message of however many do (D3).
 */
export function makeAdmission({ limits, idempotency, clock, random }: AdmissionDependencies): Admit {
  const finish = async (scope: IdempotencyScope, record: IdempotencyRecord, enqueue: Enqueue): Promise<StanzaId> => {
    if (!record.done) {
      await enqueue(record.stanzaId, true);
      await idempotency.finish(scope, record);
    }
    return record.stanzaId;
  };

  /** What another request with the key has noted meanwhile. */
  const lookAgain = async (scope: IdempotencyScope, session: SessionRow): Promise<IdempotencyRecord | undefined> => {
    for (const waitMs of LOOKS_MS) {
      if (waitMs > 0) await sleep(clock, waitMs);
      const record = own(await idempotency.find(scope), session);
      if (record) return record;
    }
    return undefined;
  };

  const begin = async (ask: Asked, enqueue: Enqueue): Promise<StanzaId> => {
    const { scope, bodyHash, session } = ask;
    let admission: Admission;
    try {
      admission = await limits.admit(ask);
    } catch (error) {
      const record = scope && isTooMany(error) ? await lookAgain(scope, session) : undefined;
      if (scope && record) return await finish(scope, sameBody(record, bodyHash), enqueue);
      if (isTooMany(error)) count({ [Metric.messageLimited]: 1 });
      throw error;
    }
    const stanzaId = newStanzaId(random);
    if (!scope) {
      await enqueue(stanzaId, false);
      return stanzaId;
    }
    const record = await idempotency.claim(scope, { sessionUid: session.sessionUid, stanzaId, bodyHash });
    if (record.stanzaId !== stanzaId) {
      await admission.giveBack();
      return await finish(scope, sameBody(record, bodyHash), enqueue);
    }
    await enqueue(stanzaId, false);
    await idempotency.finish(scope, record);
    return stanzaId;
  };

  return async (request) => {
    const scope = idempotencyScopeOf(request);
    const [session, found] = await Promise.all([request.session(), scope && idempotency.find(scope)]);
    const bodyHash = scope ? bodyHashOf(request.body()) : '';
    const earlier = own(found, session);
    const record = earlier && sameBody(earlier, bodyHash);
    return {
      session,
      repeated: record?.done ? record.stanzaId : undefined,
      send: (to, enqueue) =>
        scope && record
          ? finish(scope, record, enqueue)
          : begin({ caller: request.caller, session, to, scope, bodyHash }, enqueue),
    };
  };
}

interface Asked extends Ask {
  readonly session: SessionRow;
  readonly scope: IdempotencyScope | undefined;
  readonly bodyHash: string;
}

const isTooMany = (error: unknown): boolean => error instanceof GraphError && error.status === 429;

/** A record of an earlier session with the same phone number id says nothing of this one. */
const own = (record: IdempotencyRecord | undefined, { sessionUid }: SessionRow): IdempotencyRecord | undefined =>
  record?.sessionUid === sessionUid ? record : undefined;

/** @throws GraphError 100 (409) */
function sameBody(record: IdempotencyRecord, bodyHash: string): IdempotencyRecord {
  if (record.bodyHash === bodyHash) return record;
  throw new GraphError(
    100,
    'Idempotency-Key: was used for another body within the last 24 hours. Take a new key for a new message.',
    { status: 409 },
  );
}
