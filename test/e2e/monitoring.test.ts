import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventDeliverySchema } from '#core/contracts/event.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { AccountIdSchema, SessionUidSchema } from '#core/domain/ids.ts';
import { VirtualClock } from '../../local/clock/virtual-clock.ts';
import { OPERATOR_ACCESS_KEY } from '../../local/iam/iam.ts';
import type { LogLine } from '../../local/logs/log-line.ts';
import { Operator } from '../../local/operator.ts';
import { prepareAssembly } from '../../local/prepare-assembly.ts';
import { type Runner, startRunner } from '../../local/runner.ts';
import { at } from '../support/pombo.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.parse('2031-03-08T10:00:00Z');
/** Receivers that are gone: more than the ten that operators hear of one by one. */
const GONE = 12;

describe('monitoring and notices of a deployment', () => {
  let folder: string;
  let clock: VirtualClock;
  let runner: Runner;
  let receiver: Server;
  let apiKey: string;
  const logs: LogLine[] = [];
  /** Bodies that came to the monitoring webhook. */
  const monitored: unknown[] = [];

  const hookUrl = (name: string): string => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/${name}`;
  const subscribe = async (name: string, settings: object = {}): Promise<string> => {
    const response = await fetch(`${runner.apiUrl}/webhooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: hookUrl(name), ...settings }),
    });
    const body: unknown = await response.json();
    expect([response.status, body]).toEqual([201, expect.anything()]);
    return String(at(body, 'id'));
  };
  const accountId = async (): Promise<string> => {
    const operator = new Operator(runner, clock);
    apiKey = await operator.ensureApiKey(undefined);
    operator.close();
    const response = await fetch(`${runner.apiUrl}/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id: '100200300' }),
    });
    await response.body?.cancel();
    return AccountIdSchema.parse(logs.map(({ fields }) => fields['accountId']).find((id) => id !== undefined));
  };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'pombo-monitoring-'));
    const cdkOut = path.join(folder, 'cdk.out');
    const config = { privateTargets: ['127.0.0.0/8'], failureEmail: 'ops@example.com' };
    await prepareAssembly({ outdir: cdkOut, config, onWork: () => undefined });
    withoutConnectors(path.join(cdkOut, 'Pombo.template.json'));
    receiver = createServer((request, response) => {
      void buffer(request).then((body) => {
        if (request.url === '/monitor') monitored.push(JSON.parse(body.toString()));
        const status = request.url?.startsWith('/gone') ? 410 : request.url === '/fail' ? 503 : 200;
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
    clock = new VirtualClock(START_MS);
    runner = await startRunner({
      cdkOut,
      dataFolder: path.join(folder, 'data'),
      apiPort: 0,
      clock,
      log: (line) => logs.push(line),
      whatsapp: 'live',
    });
  }, 60_000);
  afterAll(async () => {
    await runner.stop();
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  const reports = (kind: string): Record<string, unknown>[] =>
    monitored.flatMap((body) => {
      const report = reportIn(body, 'entry', 0, 'changes', 0, 'value', kind);
      return report === undefined ? [] : [report];
    });
  const sum = (kind: string, figure: string): number =>
    reports(kind).reduce((total, report) => total + Number(report[figure]), 0);

  it('tell accounts and operators what became of deliveries', async () => {
    const account = await accountId();
    const bulk = runner.model.all('AWS::SQS::Queue').find(({ logicalId }) => logicalId.startsWith('QueuesBulkQueue'));
    const uid = SessionUidSchema.parse('0123456789abcdef01234567');
    const send = (endpointId: string, count: number): void => {
      for (let n = 0; n < count; n++) {
        const delivery = EventDeliverySchema.parse({
          endpointId,
          event: {
            version: 1,
            type: 'status',
            eventId: eventIdOf(uid, endpointId, String(n)),
            accountId: account,
            sessionId: '100200300',
            sessionUid: uid,
            displayPhoneNumber: '',
            occurredAtMs: clock.now(),
            wamid: `wamid.${n}`,
            status: 'sent',
            recipientId: '5511987654321',
            recipientType: 'individual',
          },
        });
        runner.emulators.sqs.send(bulk?.name ?? '', {
          body: JSON.stringify(delivery),
          groupId: endpointId,
          senderId: OPERATOR_ACCESS_KEY,
        });
      }
    };
    const monitor = await subscribe('monitor', { events: ['queue'] });
    const fine = await subscribe('fine');
    const picky = await subscribe('picky', { direction: 'inbound' });
    const failing = await subscribe('fail');
    const gone = await Promise.all(Array.from({ length: GONE }, (_, n) => subscribe(`gone/${n}`)));
    send(fine, 3);
    send(picky, 2);
    send(failing, 20);
    for (const id of gone) send(id, 1);
    await runner.advance(4 * MINUTE_MS);

    expect(sum('queue.stats', 'delivered')).toBe(3);
    expect(sum('queue.stats', 'filtered')).toBe(2);
    expect(reports('filter.applied')).toMatchObject([{ webhook_id: picky, count: 2 }]);
    const errors = reports('queue.error');
    expect(errors.filter(({ error, webhook_id: id }) => error === 'dead' && gone.includes(String(id)))).toHaveLength(
      GONE,
    );
    expect(errors).toContainEqual(expect.objectContaining({ error: 'parked', webhook_id: failing }));
    expect(errors.some(({ webhook_id: id }) => id === monitor)).toBe(false);
    // One report for each whole minute, and what waits is counted.
    const minutes = reports('queue.stats').map(({ minute }) => minute);
    expect(new Set(minutes).size).toBe(minutes.length);
    expect(Number(reports('queue.stats').at(-1)?.['depth'])).toBeGreaterThan(0);

    await runner.advance(4 * MINUTE_MS);
    const mails = logs
      .filter(({ part }) => part === 'mail')
      .map(({ text, fields }) => `${text} ${JSON.stringify(fields)}`);
    const digests = mails.filter((mail) => /notices about webhooks/.test(mail));
    expect(digests.length).toBeGreaterThanOrEqual(2);
    expect(mails.filter((mail) => mail.includes('Pombo: a webhook is disabled')).length).toBeLessThanOrEqual(10);
    expect(logs.filter(({ level, part }) => level === 'error' && part === 'MonitoringQueueStats')).toEqual([]);
  }, 120_000);
});

/** What monitoring says under the name of the report. */
const reportIn = (...path: Parameters<typeof at>): Record<string, unknown> | undefined =>
  at(...path) as Record<string, unknown> | undefined;

/** They would have to hold a line to WhatsApp, which has its own time. */
function withoutConnectors(file: string): void {
  const template = JSON.parse(readFileSync(file, 'utf8')) as {
    Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  };
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === 'AWS::ECS::Service') Properties['DesiredCount'] = 0;
  writeFileSync(file, JSON.stringify(template));
}
