import type { Table } from '../report.ts';
import { PomboSide } from './pombo-side.ts';
import { quantile } from './process-meter.ts';
import { RawSide } from './raw-side.ts';
import { inParallel, newPerson, rounded, type Scene } from './scene.ts';

const SESSIONS = 50;
const TEXTS = 1000;
/** For the times from command to acknowledgement. */
const PACED_TEXTS = 400;
const PACE_MS = 25;
/** Numbers that are linked at a time. */
const PAIRINGS = 4;

/** Texts a second, and how long one takes from its command to WhatsApp's acknowledgement. */
export async function throughput(scene: Scene): Promise<Table> {
  scene.say('Throughput and latency: Baileys alone …');
  const raw = await ofBaileys(scene);
  scene.say('Throughput and latency: Pombo …');
  const pombo = await ofPombo(scene);
  const times = ({ latencies }: { readonly latencies: readonly number[] }): string =>
    `p50 ${rounded(quantile(latencies, 0.5), 1)} ms, p99 ${rounded(quantile(latencies, 0.99), 1)} ms`;
  return {
    title: 'Throughput and latency',
    how: `${scene.amount(TEXTS)} texts of 1 and of ${scene.amount(SESSIONS)} numbers as fast as they go; then ${scene.amount(PACED_TEXTS)} texts, one each ${PACE_MS} ms. The simulator, the queues and the tables run on the same cores.`,
    figures: [
      { what: 'one number, texts a second', pombo: rounded(pombo.one, 0), baileys: rounded(raw.one, 0) },
      {
        what: `${scene.amount(SESSIONS)} numbers, texts a second`,
        pombo: rounded(pombo.many, 0),
        baileys: rounded(raw.many, 0),
      },
      { what: 'command taken from its queue to acknowledgement', pombo: times(pombo), baileys: times(raw) },
    ],
  };
}

interface Measured {
  readonly one: number;
  readonly many: number;
  readonly latencies: readonly number[];
}

async function ofBaileys(scene: Scene): Promise<Measured> {
  const { bed } = scene;
  const side = new RawSide({ phones: bed.phones, whatsappUrl: bed.sandbox.whatsappUrl });
  const friend = await newPerson(scene);
  const numbers = await inParallel(scene.amount(SESSIONS), PAIRINGS, async () => {
    const number = await newPerson(scene);
    await side.link(number);
    await side.send(number, friend, 2);
    return number;
  });
  const [first = ''] = numbers;
  const count = scene.amount(TEXTS);
  const one = await perSecond(count, () => side.send(first, friend, count));
  const many = await perSecond(count, () =>
    Promise.all(numbers.map((number) => side.send(number, friend, count / numbers.length))),
  );
  const latencies: number[] = [];
  await paced(scene, async (index) => {
    latencies.push(...(await side.send(numbers[index % numbers.length] ?? '', friend, 1)));
  });
  await side.stop();
  return { one, many, latencies };
}

async function ofPombo(scene: Scene): Promise<Measured> {
  const side = await PomboSide.start(scene.bed);
  const friend = await newPerson(scene);
  const owned = await inParallel(scene.amount(SESSIONS), PAIRINGS, async () => side.link(await newPerson(scene)));
  let sent = 0;
  const send = async (numbers: typeof owned, texts: number): Promise<void> => {
    sent += texts * numbers.length;
    await Promise.all(numbers.map((number) => side.queueTexts(number, friend, texts)));
    await side.has('sent', sent);
  };
  await send(owned, 2);
  const count = scene.amount(TEXTS);
  const one = await perSecond(count, () => send(owned.slice(0, 1), count));
  const many = await perSecond(count, () => send(owned, count / owned.length));
  const from = side.connector.log.length;
  const alreadyTold = side.events.all.length;
  await paced(scene, async (index) => {
    const own = owned[index % owned.length];
    if (own) await send([own], 1);
  });
  const latencies = timesOf(side, { from, alreadyTold });
  await side.stop();
  return { one, many, latencies };
}

/** From the connector's own log: when it took a command; from the status: when WhatsApp acknowledged. */
function timesOf(
  side: PomboSide,
  { from, alreadyTold }: { readonly from: number; readonly alreadyTold: number },
): number[] {
  const acknowledgedAt = new Map<string, number>();
  for (const event of side.events.all.slice(alreadyTold))
    if (event.type === 'status' && event.status === 'sent') acknowledgedAt.set(event.wamid, event.occurredAtMs);
  return side.connector.log
    .slice(from)
    .split('\n')
    .filter((line) => line.includes('"command":"message.send"'))
    .flatMap((line) => {
      const { time, traceId } = JSON.parse(line) as { time: string; traceId: string };
      const atMs = acknowledgedAt.get(traceId);
      return atMs === undefined ? [] : [atMs - Date.parse(time)];
    });
}

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (count * 1000) / (performance.now() - startMs);
}

async function paced(scene: Scene, act: (index: number) => Promise<void>): Promise<void> {
  const acts: Promise<void>[] = [];
  for (let index = 0; index < scene.amount(PACED_TEXTS); index++) {
    acts.push(act(index));
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
  await Promise.all(acts);
}
