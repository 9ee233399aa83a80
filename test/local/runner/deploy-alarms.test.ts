import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlarmChange } from '../../../local/alarms/notification.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { OPERATOR_ACCESS_KEY } from '../../../local/iam/iam.ts';
import type { LogLine } from '../../../local/logs/log-line.ts';
import { type Runner, startRunner } from '../../../local/runner.ts';
import { writeSmallStack } from './small-stack.ts';

const START_MS = Date.parse('2026-11-20T02:30:10Z');
const MINUTE_MS = 60_000;

const ref = (Ref: string) => ({ Ref });
const alarm = (slug: string, properties: object) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmDescription: `About ${slug}.\nRunbook: docs/runbook.md#${slug}`,
    AlarmActions: [ref('Topic')],
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: 1,
    Threshold: 0,
    TreatMissingData: 'notBreaching',
    ...properties,
  },
});
const api = [
  { Name: 'ApiId', Value: ref('Api') },
  { Name: 'Stage', Value: '$default' },
];
const apiMetric = (Id: string, MetricName: string) => ({
  Id,
  ReturnData: false,
  MetricStat: {
    Metric: { Namespace: 'AWS/ApiGateway', MetricName, Dimensions: api },
    Period: 300,
    Stat: 'Sum',
  },
});
const serviceDimensions = [
  { Name: 'ClusterName', Value: ref('Cluster') },
  { Name: 'ServiceName', Value: { 'Fn::GetAtt': ['ConnectorService', 'Name'] } },
];

const ALARMS = {
  ApiErrors: alarm('api-errors', {
    Threshold: 1,
    Metrics: [
      { Id: 'expr_1', Expression: 'IF(requests > 0, 100 * errors / requests, 0)' },
      apiMetric('errors', '5xx'),
      apiMetric('requests', 'Count'),
    ],
  }),
  DeadLetters: alarm('dead-letters', {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['Dead', 'QueueName'] } }],
    Period: 300,
    Statistic: 'Maximum',
  }),
  TasksMissing: alarm('tasks-missing', {
    Namespace: 'AWS/ECS',
    MetricName: 'CPUUtilization',
    Dimensions: serviceDimensions,
    Period: 60,
    Statistic: 'SampleCount',
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
    EvaluationPeriods: 5,
    TreatMissingData: 'breaching',
  }),
  Started: alarm('started', { Namespace: 'Small', MetricName: 'Started', Period: 60, Statistic: 'Sum' }),
  Asked: alarm('asked', {
    Namespace: 'Small',
    MetricName: 'Asked',
    Dimensions: [{ Name: 'Path', Value: '/object' }],
    Threshold: 2,
    Period: 60,
    Statistic: 'Sum',
  }),
};

let folder: string;
let clock: VirtualClock;
let runner: Runner | undefined;
let lines: LogLine[];
let receiver: Server;
let received: string[];
let changes: [string, string][];
let containerUp: PromiseWithResolvers<void>;

async function start(): Promise<Runner> {
  runner = await startRunner({
    cdkOut: path.join(folder, 'cdk.out'),
    dataFolder: path.join(folder, 'data'),
    apiPort: 0,
    clock,
    log(line) {
      lines.push(line);
      if (line.text === 'container up') containerUp.resolve();
    },
    whatsapp: { url: 'ws://127.0.0.1:1/ws/chat' },
  });
  runner.on(({ source, event }) => {
    if (source === 'alarms') changes.push([nameOf(event), event.to]);
  });
  return runner;
}

const nameOf = ({ alarm }: AlarmChange): string => /#(.+)/.exec(alarm.properties.AlarmDescription ?? '')?.[1] ?? '';
const minutes = async (count: number): Promise<void> => runner?.advance(count * MINUTE_MS);
const notices = (): string[] =>
  lines.filter(({ part }) => part === 'alarm').map(({ level, text }) => `${level} ${text}`);

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pombo-alarms-'));
  clock = new VirtualClock(START_MS);
  lines = [];
  received = [];
  changes = [];
  containerUp = Promise.withResolvers();
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      received.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
  const Endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alarms`;
  await writeSmallStack(path.join(folder, 'cdk.out'), (resources) => ({
    ...resources,
    ...ALARMS,
    Hook: { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: ref('Topic'), Protocol: 'http', Endpoint } },
  }));
});

afterEach(async () => {
  await runner?.stop();
  runner = undefined;
  receiver.closeAllConnections();
  await new Promise((resolve) => void receiver.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

describe('deployAlarms', () => {
  it('rings when more than 1 % of the requests fail: on the terminal, by mail and by HTTP', async () => {
    const { apiUrl } = await start();
    const delivered = new Promise((resolve) => receiver.once('request', resolve));
    await fetch(apiUrl, { method: 'POST', body: 'no json' });
    await minutes(2);
    await delivered;
    expect(changes).toContainEqual(['api-errors', 'ALARM']);
    expect(notices()).toContain('error ALARM: About api-errors. Runbook: docs/runbook.md#api-errors');
    const mail = lines.find(({ part }) => part === 'mail');
    expect(mail?.text).toMatch(/^to ops@example\.com: ALARM: "Small-ApiErrors" in US East/);
    const envelope = JSON.parse(received[0] ?? '') as { Message: string };
    expect(JSON.parse(envelope.Message)).toMatchObject({ NewStateValue: 'ALARM', OldStateValue: 'INSUFFICIENT_DATA' });
    // Without further requests the bad period stays the newest one with a value, as long as it is in the evaluation range.
    await minutes(15);
    expect(changes).toContainEqual(['api-errors', 'OK']);
    expect(notices()).toContain('info No longer: About api-errors. Runbook: docs/runbook.md#api-errors');
  });

  it('rings when a dead-letter queue holds a message, and stays so over a restart', async () => {
    const { emulators, model } = await start();
    const [dead] = model.all('AWS::SQS::Queue');
    emulators.sqs.send(dead?.name ?? '', { body: 'x', groupId: 'g', deduplicationId: 'd', senderId: 'test' });
    await minutes(3);
    expect(changes).toContainEqual(['dead-letters', 'ALARM']);
    await runner?.stop();
    const before = changes.length;
    await start();
    await minutes(10);
    expect(changes.slice(before).filter(([name]) => name === 'dead-letters')).toEqual([]);
  });

  it('rings when fewer tasks run than wanted for five minutes, and not because the runner has just started', async () => {
    const { services } = await start();
    await minutes(10);
    expect(changes).toContainEqual(['tasks-missing', 'OK']);
    expect(changes).not.toContainEqual(['tasks-missing', 'ALARM']);
    await services[0]?.stop();
    await minutes(10);
    expect(changes.at(-1)).toEqual(['tasks-missing', 'ALARM']);
  });

  it('rings for metrics in the logs of a container and of a function', async () => {
    const { apiUrl } = await start();
    await Promise.all([containerUp.promise, fetch(`${apiUrl}/object`, { method: 'POST', body: 'x' })]);
    await minutes(1);
    expect(changes).toContainEqual(['started', 'ALARM']);
    expect(changes).toContainEqual(['asked', 'ALARM']);
  });

  it('lets an alarm be rung by hand, to see where it leads', async () => {
    const { awsEndpoint, emulators } = await start();
    const client = new CloudWatchClient({
      endpoint: awsEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: OPERATOR_ACCESS_KEY, secretAccessKey: 'any' },
    });
    const mailed = new Promise<void>((resolve) => {
      emulators.sns.on(({ type }) => type === 'delivered' && resolve());
    });
    const AlarmName = 'Small-DeadLetters';
    await client.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'A test.' }));
    await mailed;
    client.destroy();
    expect(notices()).toContain('error ALARM: About dead-letters. Runbook: docs/runbook.md#dead-letters');
    expect(lines.some(({ part, text }) => part === 'mail' && text.includes('"NewStateReason":"A test."'))).toBe(true);
  });
});
