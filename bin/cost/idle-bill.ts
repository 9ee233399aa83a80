import {
  HEARTBEAT_MS,
  LEASE_LOOK_MS,
  LONG_POLL_S,
  METRICS_FLUSH_MS,
  QUEUE_LENGTH_MINUTES,
} from '../../core/domain/pace.ts';
import { EMITTED_WHILE_IDLE } from '../../core/observability/metrics.ts';
import type { Template } from '../../lib/validation/template.ts';
import { AlwaysFree, HOURS_A_MONTH, Price } from './prices.ts';
import { hasNoPrice } from './resource-prices.ts';
import { type Task, taskOf, type View, viewOf } from './template-view.ts';

/** One line of the bill. */
export interface Item {
  readonly what: string;
  /** How many of what, as a reader can check it. */
  readonly how: string;
  /** A month, USD. */
  readonly usd: number;
}

const MILLION = 1_000_000;
const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600;
/** Of one queue's length. */
const MEASURES_A_MONTH = SECONDS_A_MONTH / 60 / QUEUE_LENGTH_MINUTES;
/** Lambda's documentation of SQS event sources: it begins with five long polls and keeps them while nothing comes. */
const POLLS_OF_EVENT_SOURCE = 5;
/** A line of EMF with all gauges, measured at the connector, bytes. */
const METRICS_LINE_BYTES = 700;
/** A lease or a heartbeat with its names, bytes. */
const TASK_TABLE_ROW_BYTES = 250;
/** A strongly consistent Scan is billed by this much of what it has read. */
const READ_UNIT_BYTES = 4_096;
const GB = 10 ** 9;
/** Node's slim image and one bundle, compressed, GB. */
const IMAGE_GB = 0.1;

/** Pieces of something after the free ones. */
const beyond = (count: number, free: number): number => Math.max(0, count - free);

const figure = (count: number): string => count.toLocaleString('en-US', { maximumFractionDigits: 2 });
const millions = (count: number): string => `${figure(count / MILLION)} million`;

/**
 * What a fresh deployment costs a month while nobody uses it, from its template: list prices, always-free tier used.
 * @throws Error for a resource whose price nobody has written down, so that nothing is forgotten
 */
export function idleBill(template: Template): readonly Item[] {
  const view = viewOf(template);
  const unknown = [...new Set(Object.values(template.Resources).map(({ Type }) => Type))].filter(hasNoPrice);
  if (view.all('AWS::EC2::VPCEndpoint').some(({ Properties }) => Properties['VpcEndpointType'] !== 'Gateway'))
    unknown.push('AWS::EC2::VPCEndpoint of another type than Gateway');
  if (unknown.length > 0) throw new Error(`no price is known of ${unknown.join(', ')}: bin/cost/resource-prices.ts`);
  const tasks = view.all('AWS::ECS::Service').map((service) => taskOf(service, view));
  return [
    ...tasks.flatMap(computing),
    ...addresses(view, tasks),
    keys(view),
    ...polls(view),
    heartbeats(tasks),
    ...monitoring(view),
    { what: 'image in ECR', how: `${IMAGE_GB} GB`, usd: IMAGE_GB * Price.ecrGbMonth },
  ].filter(({ usd, how }) => usd > 0 || how !== '');
}

function computing({ count, vcpu, memoryGb }: Task): Item[] {
  const each = vcpu * Price.fargateVcpuHour + memoryGb * Price.fargateGbHour;
  const what = `Fargate, arm64, ${figure(vcpu)} vCPU, ${figure(memoryGb)} GB`;
  return [{ what, how: `${count} × ${HOURS_A_MONTH} h`, usd: count * each * HOURS_A_MONTH }];
}

function addresses(view: View, tasks: readonly Task[]): Item[] {
  const own = tasks.reduce((sum, { count, publicIp }) => sum + (publicIp ? count : 0), 0);
  const fixed = view.all('AWS::EC2::EIP').length;
  const gateways = view.all('AWS::EC2::NatGateway').length;
  const hours = (count: number): string => (count === 0 ? '' : `${count} × ${HOURS_A_MONTH} h`);
  return [
    {
      what: 'public IPv4 address',
      how: hours(own + fixed),
      usd: (own + fixed) * Price.publicIpv4Hour * HOURS_A_MONTH,
    },
    { what: 'NAT gateway', how: hours(gateways), usd: gateways * Price.natGatewayHour * HOURS_A_MONTH },
  ];
}

function keys(view: View): Item {
  const count = view.all('AWS::KMS::Key').length;
  return { what: 'KMS key', how: `${count}`, usd: count * Price.kmsKeyMonth };
}

/**
 * Empty long polls. The free requests go to the cheaper queues first, as if AWS did us no favour. Shards are not among them: one
 * without sessions is not polled, and a fresh deployment has none.
 */
function polls(view: View): Item[] {
  const each = SECONDS_A_MONTH / LONG_POLL_S;
  const lambda = view.eventSources().map(({ fifo }) => ({ fifo, requests: POLLS_OF_EVENT_SOURCE * each }));
  const measured = view.workQueues().map(({ fifo }) => ({ fifo, requests: MEASURES_A_MONTH }));
  const sum = (fifo: boolean): number =>
    [...lambda, ...measured]
      .filter((source) => source.fifo === fifo)
      .reduce((total, { requests }) => total + requests, 0);
  const fifo = sum(true);
  const standard = sum(false);
  const freeStandard = Math.min(standard, AlwaysFree.sqsRequests);
  const freeFifo = Math.min(fifo, AlwaysFree.sqsRequests - freeStandard);
  return [
    {
      what: 'requests to FIFO queues: empty long polls of event sources, lengths',
      how: `${millions(fifo)}, ${millions(freeFifo)} free`,
      usd: ((fifo - freeFifo) / MILLION) * Price.sqsFifoMillion,
    },
    {
      what: 'requests to standard queues, likewise',
      how: `${millions(standard)}, ${millions(freeStandard)} free`,
      usd: ((standard - freeStandard) / MILLION) * Price.sqsStandardMillion,
    },
  ];
}

/** One write a beat, and a look at all leases and tasks together. */
function heartbeats(tasks: readonly Task[]): Item {
  const count = tasks.reduce((sum, task) => sum + task.count, 0);
  const rows = tasks.reduce((sum, task) => sum + task.count + task.shards, 0);
  const units = Math.ceil((rows * TASK_TABLE_ROW_BYTES) / READ_UNIT_BYTES);
  const writes = (count * SECONDS_A_MONTH * 1000) / HEARTBEAT_MS;
  const reads = (count * units * SECONDS_A_MONTH * 1000) / LEASE_LOOK_MS;
  return {
    what: 'heartbeats and leases in DynamoDB',
    how: `${millions(writes)} writes, ${millions(reads)} reads`,
    usd: (writes * Price.dynamoWriteMillion + reads * Price.dynamoReadMillion) / MILLION,
  };
}

function monitoring(view: View): Item[] {
  const alarms = view.alarmMetrics();
  const metrics = EMITTED_WHILE_IDLE.length;
  const dashboards = view.all('AWS::CloudWatch::Dashboard').length;
  const logsGb = (SECONDS_A_MONTH * 1000 * METRICS_LINE_BYTES) / METRICS_FLUSH_MS / GB;
  const free = (count: number, most: number): string => `${figure(count)}, ${figure(most)} free`;
  return [
    {
      what: 'metrics that alarms watch',
      how: free(alarms, AlwaysFree.alarmMetrics),
      usd: beyond(alarms, AlwaysFree.alarmMetrics) * Price.alarmMetricMonth,
    },
    {
      what: 'metrics of our own that are sent while nobody uses it',
      how: free(metrics, AlwaysFree.customMetrics),
      usd: beyond(metrics, AlwaysFree.customMetrics) * Price.customMetricMonth,
    },
    {
      what: 'dashboard',
      how: free(dashboards, AlwaysFree.dashboards),
      usd: beyond(dashboards, AlwaysFree.dashboards) * Price.dashboardMonth,
    },
    {
      what: 'logs',
      how: `${figure(logsGb)} GB, ${AlwaysFree.logsGb} GB free`,
      usd: beyond(logsGb, AlwaysFree.logsGb) * Price.logsGbIngested,
    },
  ];
}

export const totalOf = (bill: readonly Item[]): number => bill.reduce((sum, { usd }) => sum + usd, 0);
