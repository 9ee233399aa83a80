import * as z from 'zod';
import { DeepHealthSchema } from '#core/contracts/api/health.ts';
import { sleep } from '#core/domain/clock.ts';
import type { ApiAnswer } from './api-caller.ts';
import { type Check, failed, held, outputOf } from './check.ts';

const ShallowSchema = z.object({ status: z.literal('ok'), version: z.string() });
const SessionSchema = z.object({ id: z.string() });
const QrSchema = z.object({ qr: z.string().min(1) });

const answered = ({ status, tookMs }: ApiAnswer): string => `${status} after ${tookMs} ms`;

const apiAnswers: Check = {
  name: 'the API answers, and is of the release that the stack says',
  async run(deployed) {
    const answer = await deployed.api.call('GET', '/health');
    const health = ShallowSchema.safeParse(answer.body);
    if (answer.status !== 200 || !health.success) return failed(`GET /health: ${answered(answer)}`);
    const version = outputOf(deployed, 'PomboVersion');
    return health.data.version === version
      ? held(`release ${version}, ${answer.tookMs} ms`)
      : failed(`it says release ${health.data.version}, the stack ${version}`);
  },
};

/** A new deployment's first connector takes its shards some seconds after the stack is up. */
const CONNECTOR_STARTS_MS = 60_000;
const LOOK_EVERY_MS = 500;

const activeOf = (health: unknown): number => {
  const { data } = DeepHealthSchema.safeParse(health);
  return data?.tasks.filter(({ role }) => role === 'active').length ?? 0;
};

const everythingIsUp: Check = {
  name: 'tables, queues, key, state machine and connector are up',
  async run({ api, clock }) {
    const deadlineMs = clock.monotonic() + CONNECTOR_STARTS_MS;
    const ask = () => api.call('GET', '/health?deep=1');
    let answer = await ask();
    while (activeOf(answer.body) === 0 && clock.monotonic() < deadlineMs) {
      await sleep(clock, LOOK_EVERY_MS);
      answer = await ask();
    }
    const health = DeepHealthSchema.safeParse(answer.body);
    if (!health.success) return failed(`GET /health?deep=1: ${answered(answer)}`);
    const { dependencies, status, tasks } = health.data;
    const down = dependencies.filter((dependency) => dependency.status !== 'up').map(({ name }) => name);
    const active = activeOf(health.data);
    if (status !== 'ok' || down.length > 0) return failed(`health is ${status}, down: ${down.join(', ') || 'nothing'}`);
    if (active !== 1) return failed(`${active} connector tasks are active; it has to be one`);
    return held(`${dependencies.length} dependencies up, ${tasks.length} connector task(s)`);
  },
};

const keysWork: Check = {
  name: 'a key opens the API, a revoked and an unknown one do not',
  async run({ api, accounts, accountId }) {
    const { apiKey, row } = await accounts.createApiKey({ accountId, name: 'smoke: revoked' });
    await accounts.revokeApiKey(accountId, row.apiKeyId);
    const good = await api.call('GET', '/sessions');
    const revoked = await api.withKey(apiKey).call('GET', '/sessions');
    const unknown = await api.withKey('nobody-has-this-key').call('GET', '/sessions');
    const statuses = [good.status, revoked.status, unknown.status].join(', ');
    return statuses === '200, 401, 401' ? held(statuses) : failed(`${statuses} instead of 200, 401, 401`);
  },
};

const qrAppears: Check = {
  name: 'a new session shows a QR code, and is gone when it is deleted',
  async run({ api }) {
    const created = await api.call('POST', '/sessions', { name: 'smoke' });
    const session = SessionSchema.safeParse(created.body);
    if (created.status !== 201 || !session.success) return failed(`POST /sessions: ${answered(created)}`);
    const route = `/sessions/${session.data.id}`;
    // The API waits 10 s for the code by itself; the first connection of a new deployment may take longer.
    let qr = await api.call('GET', `${route}/qr`);
    for (let again = 0; again < 2 && qr.status === 409; again += 1) qr = await api.call('GET', `${route}/qr`);
    const deleted = await api.call('DELETE', route);
    const after = await api.call('GET', route);
    if (qr.status !== 200 || !QrSchema.safeParse(qr.body).success)
      return failed(`GET …/qr: ${answered(qr)}. The connector's log says whether it reaches WhatsApp`);
    if (deleted.status >= 300) return failed(`DELETE …: ${answered(deleted)}`);
    return after.status === 404 ? held(`the code after ${qr.tookMs} ms`) : failed(`it is still there: ${after.status}`);
  },
};

const privateWebhookRefused: Check = {
  name: 'a webhook at a private address is refused',
  async run({ api }) {
    const answer = await api.call('POST', '/webhooks', { url: 'https://169.254.169.254/latest/meta-data' });
    return answer.status === 400 ? held('400') : failed(answered(answer));
  },
};

/** What a client sees. */
export const API_CHECKS: readonly Check[] = [apiAnswers, everythingIsUp, keysWork, qrAppears, privateWebhookRefused];
