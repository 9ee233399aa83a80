import { inParallel } from '../connector/scene.ts';
import type { Bench, Table } from '../report.ts';
import { AwsUsage, sumOfPrices, totalOf } from './aws-usage.ts';
import { ANSWERS_AFTER_MS, type Pair, TextWorld } from './text-world.ts';

/** design.md section 5: 1 message a second over 20 sessions; the same sessions are saturated in the other load. */
const SESSIONS = 20;
const SATURATED_TEXTS = 1000;
const SLOW_TEXTS = 120;
const SLOW_EVERY_MS = 1000;
/** Calls of the API at once, where only they are counted: more would wait for this machine's cores. */
const CALLS_AT_ONCE = 4;
const API_TEXTS = 100;
/** Texts of each session before anything is counted, in both directions: first contacts are paid once. */
const WARM_UP = 3;
/** Each text out has three webhooks: sent, delivered, read. */
const STATUSES = 3;
/** design.md section 5, USD for a million; the figure holds for the saturated load. */
const GOALS = { out: 10, in: 3 } as const;
/** Texts in come by the FIFO lane, statuses by the other one. */
const FIFO_SHARE = { out: 0, in: 1 } as const;

type Direction = keyof typeof GOALS;
type Load = 'saturated' | 'slow';

/** What a text costs, counted from everything that the whole stack asks of AWS, from the API call to the last webhook. */
export const benchCost: Bench = async (options) => {
  const meters: Meters = { all: new AwsUsage(), api: new AwsUsage(/Api/), rest: new AwsUsage(/^(?!.*Api)/) };
  options.say(`${SESSIONS} numbers are linked …`);
  const world = await TextWorld.start(Object.values(meters), SESSIONS);
  try {
    await warmUp(world);
    const tables: Table[] = [];
    for (const direction of ['out', 'in'] as const)
      for (const load of ['saturated', 'slow'] as const) {
        options.say(`texts ${direction}, ${load} …`);
        tables.push(await measure({ world, meters, direction, load, quick: options.quick }));
      }
    return tables;
  } finally {
    await world.stop();
  }
};

type Meters = Readonly<Record<'all' | 'api' | 'rest', AwsUsage>>;

async function warmUp(world: TextWorld): Promise<void> {
  for (let n = 0; n < WARM_UP; n++) {
    world.receiver.received.length = 0;
    await inParallel(SESSIONS, CALLS_AT_ONCE, async (index) => {
      const pair = pairAt(world, index);
      await world.phones.write(pair.person, pair.number, `warm ${n}`);
      await world.send(pair, `warm ${n}`);
    });
    await world.arrived(SESSIONS * (STATUSES + 1));
  }
}

interface Run {
  readonly world: TextWorld;
  readonly meters: Meters;
  readonly direction: Direction;
  readonly load: Load;
  readonly quick: boolean;
}

/** What was counted: prices for a million, and requests of one text. */
interface Measured {
  readonly prices: Readonly<Record<string, number>>;
  readonly each: string;
  readonly transitions: number;
}

async function measure(run: Run): Promise<Table> {
  const { direction, load } = run;
  const { each, prices, transitions } =
    load === 'slow' ? await slow(run) : direction === 'out' ? await saturatedOut(run) : await saturatedIn(run);
  const total = totalOf(prices);
  const goal = GOALS[direction];
  const way =
    direction === 'out'
      ? 'from the API call to the webhooks sent, delivered and read'
      : 'from WhatsApp to the webhook, and kept for replays';
  return {
    title: `A million texts ${direction}, ${load === 'slow' ? `1 a second over ${SESSIONS} sessions` : 'saturated'}`,
    how: `The whole stack on this machine, ${way}; a receiver that answers after ${ANSWERS_AFTER_MS} ms; list prices. A function's time is that of the quickest tenth of its calls, because all share this machine. What an idle deployment pays anyway is not in it.`,
    figures: [
      ...Object.entries(prices).map(([what, usd]) => ({ what, pombo: `$${usd.toFixed(2)}` })),
      {
        what: 'together',
        pombo: `$${total.toFixed(2)}`,
        ...(load === 'saturated' && { goal: `≤ $${goal.toFixed(2)}`, reached: total <= goal }),
      },
      { what: 'state transitions', pombo: String(transitions), goal: '0', reached: transitions === 0 },
      { what: 'of one text', pombo: each },
    ],
  };
}

async function slow({ world, meters, direction, quick }: Run): Promise<Measured> {
  const texts = quick ? SLOW_TEXTS / 4 : SLOW_TEXTS;
  begin(world, meters);
  const all: Promise<unknown>[] = [];
  for (let n = 0; n < texts; n++) {
    all.push(direction === 'out' ? world.send(pairAt(world, n), textOf(n)) : write(world, n));
    await new Promise((resolve) => setTimeout(resolve, SLOW_EVERY_MS));
  }
  await Promise.all(all);
  await world.arrived(texts * (direction === 'out' ? STATUSES : 1));
  meters.all.apiCalls = direction === 'out' ? texts : 0;
  return measured(meters.all, texts, direction);
}

/** The calls of the API cost the same at any load; what follows them is counted with all commands waiting. */
async function saturatedOut({ world, meters, quick }: Run): Promise<Measured> {
  const calls = quick ? API_TEXTS / 5 : API_TEXTS;
  begin(world, meters);
  await inParallel(calls, CALLS_AT_ONCE, (n) => world.send(pairAt(world, n), textOf(n)));
  await world.arrived(calls * STATUSES);
  meters.api.apiCalls = calls;
  // Every line of the way is logged once, whoever comes first.
  const api = measured(meters.api, calls, 'out');
  const texts = quick ? SATURATED_TEXTS / 10 : SATURATED_TEXTS;
  begin(world, meters);
  await world.queue(Array.from({ length: texts }, (_, n) => ({ pair: pairAt(world, n), text: textOf(n) })));
  await world.arrived(texts * STATUSES);
  const rest = measured(meters.rest, texts, 'out', false);
  return {
    prices: sumOfPrices(api.prices, rest.prices),
    each: `${api.each}; ${rest.each}`,
    transitions: api.transitions + rest.transitions,
  };
}

async function saturatedIn({ world, meters, quick }: Run): Promise<Measured> {
  const texts = quick ? SATURATED_TEXTS / 10 : SATURATED_TEXTS;
  begin(world, meters);
  await inParallel(texts, SESSIONS, (n) => write(world, n));
  await world.arrived(texts);
  return measured(meters.all, texts, 'in');
}

function begin({ receiver }: TextWorld, meters: Meters): void {
  receiver.received.length = 0;
  for (const meter of Object.values(meters)) meter.clear();
}

const measured = (usage: AwsUsage, texts: number, direction: Direction, logs = true): Measured => ({
  prices: usage.prices(texts, { durations: 'quickest tenth', fifoShare: FIFO_SHARE[direction], logs }),
  each: usage.perEvent(texts),
  transitions: usage.transitions,
});

const textOf = (n: number): string => `O pedido ${n} saiu para entrega e chega hoje até as 18h.`;

async function write(world: TextWorld, n: number): Promise<void> {
  const { number, person } = pairAt(world, n);
  await world.phones.write(person, number, textOf(n));
}

function pairAt({ pairs }: TextWorld, n: number): Pair {
  const pair = pairs[n % pairs.length];
  if (!pair) throw new Error('no number is linked');
  return pair;
}
