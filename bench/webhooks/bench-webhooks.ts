import { Price } from '../../bin/cost/prices.ts';
import { DeliveryWorld, type Endpoint, HOUR, MINUTE, SECOND } from '../../test/chaos/delivery-world.ts';
import { AwsUsage, totalOf } from '../cost/aws-usage.ts';
import type { Bench, BenchOptions, Table } from '../report.ts';

const EVENTS = 5000;
/** A receiver answers after this, virtual milliseconds. */
const ANSWERS_AFTER_MS = 250;
/** Events of one step come together, so that batches are full. */
const EVENTS_A_STEP = 100;
const CHATS = 500;
/** Half of the events are messages. */
const FIFO_SHARE = 0.5;
/** Messages of one SendMessageBatch. */
const SENT_AT_ONCE = 10;
/** webhooks.md section 6, USD for a million. */
const GOALS: Readonly<Record<string, number>> = { healthy: 2, 'down for six hours': 5 };

interface Scenario {
  readonly name: string;
  /** Whether the receiver takes this request. */
  readonly takes: (request: { readonly atMs: number; readonly chance: number }, startMs: number) => boolean;
  /** Time in which the events come in, and until all has settled. */
  readonly comesInMs: number;
  readonly settlesMs: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'healthy', takes: () => true, comesInMs: 2 * MINUTE, settlesMs: MINUTE },
  { name: '1 % failing', takes: ({ chance }) => chance >= 0.01, comesInMs: 2 * MINUTE, settlesMs: 2 * HOUR },
  {
    name: 'down for six hours',
    takes: ({ atMs }, startMs) => atMs - startMs > 6 * HOUR,
    comesInMs: 6 * HOUR,
    settlesMs: 2 * HOUR,
  },
  { name: '100 % failing for three days', takes: () => false, comesInMs: HOUR, settlesMs: 75 * HOUR },
];

/** What the delivery of webhooks costs, counted from the requests that the stack makes on a virtual clock. */
export const benchWebhooks: Bench = async (options) => {
  const tables: Table[] = [];
  for (const scenario of SCENARIOS) tables.push(await run(scenario, options));
  return tables;
};

async function run(scenario: Scenario, { quick, say }: BenchOptions): Promise<Table> {
  const events = quick ? EVENTS / 10 : EVENTS;
  say(`${events} events, ${scenario.name} …`);
  const usage = new AwsUsage();
  const world = await DeliveryWorld.start({}, usage.hooks);
  usage.watch(world.runner);
  const endpoint = await world.subscribe('receiver');
  const startMs = world.clock.now();
  world.receiver.behave('receiver', ({ atMs }) => ({
    status: scenario.takes({ atMs, chance: Math.random() }, startMs) ? 200 : 500,
    delayMs: ANSWERS_AFTER_MS,
  }));
  usage.clear();
  await comeIn(world, endpoint, { events, withinMs: scenario.comesInMs });
  await world.pass(scenario.settlesMs, MINUTE);
  const posts = world.receiver.at('receiver').length;
  const taken = new Set(world.receiver.taken('receiver').map(({ id }) => id)).size;
  await world.stop();
  return tableOf(scenario.name, usage, { events, posts, taken });
}

async function comeIn(
  world: DeliveryWorld,
  endpoint: Endpoint,
  { events, withinMs }: { readonly events: number; readonly withinMs: number },
): Promise<void> {
  const steps = Math.ceil(events / EVENTS_A_STEP);
  const stepMs = Math.max(SECOND, Math.floor(withinMs / steps));
  let next = 0;
  await world.pass(steps * stepMs, stepMs, () => {
    for (let n = 0; n < EVENTS_A_STEP && next < events; n++, next++)
      if (n % 2 === 0) world.receive(endpoint, `55119${80_000_000 + (next % CHATS)}`, `event ${next}`);
      else world.tellStatus(endpoint);
  });
}

function tableOf(
  name: string,
  usage: AwsUsage,
  seen: { readonly events: number; readonly posts: number; readonly taken: number },
): Table {
  const { events, posts, taken } = seen;
  const prices = usage.prices(events, { durations: 'sum', fifoShare: FIFO_SHARE });
  // The connector's send, which brought the event: ten at a time.
  const sends = FIFO_SHARE * Price.sqsFifoMillion + (1 - FIFO_SHARE) * Price.sqsStandardMillion;
  const all = { ...prices, SQS: (prices['SQS'] ?? 0) + sends / SENT_AT_ONCE };
  const total = totalOf(all);
  const goal = GOALS[name];
  return {
    title: `A million webhooks, ${name}`,
    how: `Counted over ${events} events, half of them messages in ${CHATS} chats, half statuses; a receiver that answers after ${ANSWERS_AFTER_MS} ms of a virtual clock; list prices.`,
    figures: [
      ...Object.entries(all).map(([what, usd]) => ({ what, pombo: `$${usd.toFixed(2)}` })),
      {
        what: 'together',
        pombo: `$${total.toFixed(2)}`,
        ...(goal !== undefined && { goal: `≤ $${goal.toFixed(2)}`, reached: total <= goal }),
      },
      { what: 'state transitions', pombo: String(usage.transitions) },
      { what: 'POSTs, events taken', pombo: `${posts}, ${taken}` },
      { what: 'requests of one event', pombo: usage.perEvent(events) },
    ],
  };
}
