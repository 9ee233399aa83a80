import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { SessionIdSchema } from '#core/domain/ids.ts';
import { startAws } from './aws-test-bed.ts';
import { type ApiAnswer, type ApiCall, type ApiHandler, callApi } from './call-api.ts';

/** The API's functions against emulated AWS, and two accounts. @param options.privateTargets CIDRs that webhooks may reach */
export async function startApi(options: { readonly privateTargets?: string } = {}) {
  const aws = await startAws(options);
  // The handlers read their environment when they are imported.
  const deliveries: ApiHandler = (await import('../../../functions/deliveries/handler.ts')).handler;
  const handlers = new Map<string, ApiHandler>([
    ['sessions', (await import('../../../functions/sessions/handler.ts')).handler],
    ['webhooks', (await import('../../../functions/webhooks/handler.ts')).handler],
    ['deliveries', deliveries],
    ['replays', deliveries],
    ['dead-letters', deliveries],
    ['health', (await import('../../../functions/health/handler.ts')).handler],
    ['media', (await import('../../../functions/media/handler.ts')).handler],
    ['docs', (await import('../../../functions/docs/handler.ts')).handler],
  ]);
  const messages: ApiHandler = (await import('../../../functions/graph/handler.ts')).handler;
  const sessions = makeSessionRepository({ dynamo: aws.documents, tableName: 'sessions' });
  let key = '';

  /** As the gateway does: by the first word, everything else to `$default`. */
  const handlerOf = (request: string): ApiHandler =>
    handlers.get(/^\S* \/([^/?]*)/.exec(request)?.[1] ?? '') ?? messages;
  /** With the key of the current account. */
  const call = (request: string, options: ApiCall = {}): Promise<ApiAnswer> =>
    callApi(handlerOf(request), request, { key, ...options });

  return {
    aws,
    call,
    /** Without any key. */
    callWithoutKey: (request: string, options: ApiCall = {}) => callApi(handlerOf(request), request, options),
    otherKey: (await aws.newAccount('other')).apiKey,
    key: () => key,
    /** Goes on with a new account and empty outbound queues. */
    async reset() {
      key = (await aws.newAccount()).apiKey;
      await aws.takeOutbound();
    },
    /** A session of the current account as the connector would have left it. @returns its id */
    async newSession(changes: Partial<SessionRow> = {}): Promise<string> {
      const id = SessionIdSchema.parse((await call('POST /sessions', { body: {} })).text('id'));
      await aws.takeOutbound();
      const row = await sessions.get(id);
      if (row && Object.keys(changes).length > 0) {
        await sessions.remove(row);
        await sessions.create({ ...row, ...changes });
      }
      return id;
    },
  };
}

export type ApiTestBed = Awaited<ReturnType<typeof startApi>>;
