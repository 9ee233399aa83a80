import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { makeOutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import type { BudgetResource } from '#core/contracts/api/budget.ts';
import type { DeploymentLimits } from '#core/contracts/limits.ts';
import type { SendMessageCommand } from '#core/contracts/outbound-command.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { type Clock, systemClock } from '#core/domain/clock.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { AccountIdSchema, type ApiKeyId, ApiKeyIdSchema, newSessionId, newSessionUid } from '#core/domain/ids.ts';
import { makeGraphRoutes } from '../../../../functions/graph/graph-routes.ts';
import { makeAdmissionParts } from '../../../../functions/graph/limits/admission-parts.ts';
import { budgetRoute } from '../../../../functions/graph/limits/budget.ts';
import { messageRoutes } from '../../../../functions/graph/messages/messages.ts';
import { VirtualClock } from '../../../../local/clock/virtual-clock.ts';
import { startAws } from '../../support/aws-test-bed.ts';

const START = Date.UTC(2026, 10, 20, 12);
export const ACCOUNT = AccountIdSchema.parse('123456789012345678');
export const KEY = ApiKeyIdSchema.parse('key_0123456789abcdef');

/** An AWS call of the API, before it leaves or after it came back. */
export interface Call {
  /** Such as `UpdateCommand`, or `SendMessage` for the queue. */
  readonly name: string;
  readonly isWrite: boolean;
}

/** Makes calls wait until nothing else is under way, so that calls side by side are one round. */
class Rounds {
  readonly calls: Call[] = [];
  /** Rounds of calls, one after the other. */
  count = 0;
  /** Dies before or after the call of this number; counted from 1. */
  crash: { readonly at: number; readonly when: 'before' | 'after' } | undefined;
  #waiting: (() => void)[] = [];
  #running = 0;

  async run<T>(call: Call, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      setImmediate(() => this.#release());
    });
    this.calls.push(call);
    const number = this.calls.length;
    try {
      if (this.crash?.at === number && this.crash.when === 'before') throw new Error('died');
      const result = await work();
      if (this.crash?.at === number && this.crash.when === 'after') throw new Error('died');
      return result;
    } finally {
      this.#running -= 1;
      setImmediate(() => this.#release());
    }
  }

  #release(): void {
    if (this.#running > 0 || this.#waiting.length === 0) return;
    this.count += 1;
    const free = this.#waiting;
    this.#waiting = [];
    this.#running = free.length;
    for (const go of free) go();
  }
}

const deterministic = () => {
  let n = 0;
  return (size: number) => createHash('sha512').update(`limits ${n++}`).digest().subarray(0, size);
};

/** The messages and budget routes of any number of processes, on DynamoDB and SQS of this machine and a clock that the test moves. */
export async function startLimits() {
  const aws = await startAws();
  const time = new VirtualClock(START);
  // Time is the test's, and the short waits of the code take as long as they take.
  const clock: Clock = {
    now: () => time.now(),
    monotonic: () => time.monotonic(),
    after: (delayMs, fire) => systemClock.after(delayMs, fire),
  };
  // Without the time-outs of the product, which a crowd of connections on a busy machine would meet.
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const queues = new SQSClient({});
  const random = deterministic();
  const rows = makeSessionRepository({ dynamo: aws.documents, tableName: 'sessions' });

  /** A copy of the function, with memory of its own. */
  const startProcess = (limits: DeploymentLimits = {}) => {
    const rounds = new Rounds();
    const dynamo = {
      send: (command: Parameters<DynamoDBDocumentClient['send']>[0]) =>
        rounds.run(
          {
            name: command.constructor.name,
            isWrite: !(command instanceof GetCommand || command instanceof BatchGetCommand),
          },
          () => documents.send(command),
        ),
    } as DynamoDBDocumentClient;
    const queue = makeOutboundQueue({ sqs: queues, queueUrls: aws.urls.outbound, random });
    const outbound: typeof queue = {
      shards: queue.shards,
      send: (shard, command) => rounds.run({ name: 'SendMessage', isWrite: false }, () => queue.send(shard, command)),
    };
    const config = { limitsTable: 'limits', limits, messageRetentionDays: 30 };
    const admission = makeAdmissionParts({ dynamo, config, clock, random });
    const none = () => {
      throw new Error('nothing but text here');
    };
    const routes = makeGraphRoutes({
      sessions: makeSessionRepository({ dynamo, tableName: 'sessions' }),
      routes: [
        ...messageRoutes({
          outbound,
          admit: admission.admit,
          resolveMedia: none,
          previewLink: none,
          draftTemplate: none,
          clock,
        }),
        budgetRoute(admission),
      ],
    });
    const call = async (request: {
      readonly method: 'GET' | 'POST';
      readonly path: string;
      readonly body?: unknown;
      readonly headers?: Record<string, string>;
      readonly apiKeyId?: ApiKeyId;
      readonly query?: Record<string, string>;
    }) => {
      const { body } = await routes(
        {
          ...request,
          query: new URLSearchParams(request.query),
          headers: request.headers ?? {},
          sourceIp: '192.0.2.1',
          traceId: 'trace',
          bytes: () => Buffer.from(JSON.stringify(request.body ?? null)),
          body: () => request.body,
        },
        { accountId: ACCOUNT, apiKeyId: request.apiKeyId ?? KEY },
      );
      return body;
    };
    return {
      rounds,
      /** @returns the wamid, or the error */
      async send(
        session: Pick<SessionRow, 'sessionId'>,
        to: string,
        options: { readonly key?: string; readonly text?: string; readonly apiKeyId?: ApiKeyId } = {},
      ): Promise<string | GraphError> {
        try {
          const body = await call({
            method: 'POST',
            path: `/v23.0/${session.sessionId}/messages`,
            body: { messaging_product: 'whatsapp', to, text: { body: options.text ?? 'oi' } },
            ...(options.key !== undefined && { headers: { 'idempotency-key': options.key } }),
            ...(options.apiKeyId && { apiKeyId: options.apiKeyId }),
          });
          return (body as { messages: { id: string }[] }).messages[0]?.id ?? '';
        } catch (error) {
          if (error instanceof GraphError) return error;
          throw error;
        }
      },
      async budget(session: Pick<SessionRow, 'sessionId'>, to?: string): Promise<BudgetResource> {
        const path = `/${session.sessionId}/budget`;
        return (await call({ method: 'GET', path, ...(to && { query: { to } }) })) as BudgetResource;
      },
    };
  };

  return {
    aws,
    clock: time,
    startProcess,
    async newSession(changes: Partial<SessionRow> = {}): Promise<SessionRow> {
      const row: SessionRow = {
        sessionId: newSessionId(random),
        sessionUid: newSessionUid(random),
        accountId: ACCOUNT,
        shard: 0,
        desired: 'running',
        status: 'open',
        sinceMs: START,
        createdAtMs: START,
        ...changes,
      };
      await rows.create(row);
      return row;
    },
    async stop() {
      documents.destroy();
      queues.destroy();
      await aws.stop();
    },
    /** Takes what is queued. */
    queued: async () => (await aws.takeOutbound()) as SendMessageCommand[],
  };
}

export type LimitsBed = Awaited<ReturnType<typeof startLimits>>;

/** How many were accepted, and the errors of the others. */
export function sorted(answers: readonly (string | GraphError)[]) {
  const refused = answers.filter((answer) => answer instanceof GraphError);
  return { accepted: answers.length - refused.length, refused, codes: new Set(refused.map(({ code }) => code)) };
}

/** A phone number of its own for each n. */
export const person = (n: number): string => `5511${String(980_000_000 + n)}`;
