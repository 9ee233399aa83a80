import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEARTBEAT_MS, LEASE_LOOK_MS } from '#core/domain/pace.ts';
import { EMITTED_WHILE_IDLE, Metric } from '#core/observability/metrics.ts';
import { VirtualClock } from '../../local/clock/virtual-clock.ts';
import { prepareAssembly } from '../../local/prepare-assembly.ts';
import { type Runner, startRunner } from '../../local/runner.ts';

const MINUTE = 60_000;

let folder: string;
let runner: Runner | undefined;
const lines: string[] = [];
/** What the connector asks of AWS. */
const requests: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pombo-idle-'));
  await prepareAssembly({ outdir: path.join(folder, 'cdk.out'), config: {}, onWork: () => {} });
  runner = await startRunner({
    cdkOut: path.join(folder, 'cdk.out'),
    dataFolder: path.join(folder, 'data'),
    apiPort: 0,
    // Queues are measured at 20:00 (QUEUE_LENGTH_MINUTES).
    clock: new VirtualClock(Date.parse('2031-03-08T19:59:30Z')),
    log: () => undefined,
    onOutput: (line) => void lines.push(line),
    onRequest({ accessKeyId, action }) {
      if (runner?.credentials.roleOf(accessKeyId)?.includes('ConnectorTaskTaskRole')) requests.push(action);
    },
    // Nobody is called there: without sessions there is no connection.
    whatsapp: { url: 'ws://127.0.0.1:9' },
  });
}, 60_000);

afterAll(async () => {
  runner?.killServices();
  await runner?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

describe('a deployment that nobody uses', () => {
  it('sends the metrics that the idle bill counts, and no others', async () => {
    for (let minute = 0; minute < 3; minute++) await runner?.advance(MINUTE);
    const sent = lines
      .filter((line) => line.includes('"_aws"'))
      .flatMap((line) => {
        const { _aws } = JSON.parse(line) as { _aws: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] } };
        return _aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name));
      });
    // The time here runs ahead of the processes in it, so that a heartbeat may come late; that is counted.
    const idle = sent.filter((name) => name !== Metric.taskSilent);
    expect([...new Set(idle)].toSorted()).toEqual([...EMITTED_WHILE_IDLE].toSorted());
  }, 60_000);

  it('asks AWS for what the idle bill counts: a heartbeat and a look each two seconds, and no queue', async () => {
    requests.length = 0;
    await runner?.advance(MINUTE);
    const counts = (action: string): number => requests.filter((request) => request === action).length;
    const beats = MINUTE / HEARTBEAT_MS;
    const looks = MINUTE / LEASE_LOOK_MS;
    expect(counts('sqs:ReceiveMessage')).toBe(0);
    expect(counts('dynamodb:Scan')).toBeLessThanOrEqual(looks + 1);
    expect(counts('dynamodb:PutItem') + counts('dynamodb:UpdateItem')).toBeLessThanOrEqual(beats + 1);
    const others = requests.filter((request) => !/^dynamodb:(Scan|PutItem|UpdateItem)$/.test(request));
    expect(others).toEqual([]);
  }, 60_000);
});
