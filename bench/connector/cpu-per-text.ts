import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import type { Figure, Table } from '../report.ts';
import { monotonicUs, type Owner, profiling, sharesOf, type Window } from './own-code.ts';
import { PomboSide } from './pombo-side.ts';
import { cpuMs } from './process-meter.ts';
import { RawSide } from './raw-side.ts';
import { inParallel, newPerson, rounded, type Scene } from './scene.ts';

const TEXTS = 1000;
/** First texts set up sessions and have the code compiled. */
const WARM_UP = 300;
const FRIENDS = 5;
/** Texts that both sides have to be through with before the next. */
const ROUND = 100;
/** Texts that phones write at a time. */
const WRITERS = 5;
/** Design section 5. */
const GOAL = { sent: 3.5, received: 3, own: 0.5 };

/** Milliseconds for each text. */
interface Costs {
  readonly sent: number;
  readonly received: number;
}

/** Processor time of the client's process for each text, both ways. */
export async function cpuPerText(scene: Scene): Promise<Table> {
  scene.say('CPU per text: Baileys alone and Pombo side by side …');
  const { raw, costs, requests } = await sideBySide(scene);
  scene.say('CPU per text: Pombo, profiled …');
  const shares = await sharesOfTime(scene);
  const line = (what: string, key: keyof Costs): Figure => ({
    what,
    pombo: `${rounded(costs[key])} ms (${rounded(costs[key] / raw[key], 1)} ×)`,
    baileys: `${rounded(raw[key])} ms`,
    goal: `≤ ${GOAL[key]} ×`,
    reached: costs[key] / raw[key] <= GOAL[key],
  });
  const share = (key: keyof Costs, owner: Owner): string => rounded(costs[key] * (shares[key].get(owner) ?? 0));
  const ownCode = (what: string, key: keyof Costs): Figure => {
    const own = costs[key] * (shares[key].get('own') ?? 0);
    return {
      what,
      pombo: `${rounded(own)} ms (${rounded(own / raw[key], 1)} ×), beside ${share(key, 'baileys')} ms of Baileys, ${share(key, 'aws')} ms of the AWS SDK and ${share(key, 'runtime')} ms of Node`,
      goal: `≤ ${GOAL.own} ×`,
      reached: own / raw[key] <= GOAL.own,
    };
  };
  return {
    title: 'Processor time of a text',
    how: `${scene.amount(TEXTS)} texts of one number with ${FRIENDS} people, after ${scene.amount(WARM_UP)} to warm up; user and system time of the client's process. Both sides work at the same time, ${scene.amount(ROUND)} texts after another: what else runs on the cores slows both. Pombo takes its commands from SQS and puts its events there; Baileys keeps its keys in memory and tells nobody. Own code: the share of it that the profile of a further run finds in our files, in zod and in pino, with what Node does for them.`,
    figures: [
      line('sent, acknowledged', 'sent'),
      line('received, queued', 'received'),
      ownCode('sent: own code', 'sent'),
      ownCode('received: own code', 'received'),
      ...requests,
    ],
  };
}

/** A client with a number of its own, and the people that this number writes with. */
interface Side {
  readonly pid: number;
  send(texts: number): Promise<void>;
  receive(texts: number): Promise<void>;
  stop(): Promise<void>;
}

async function sideBySide(scene: Scene) {
  const alone = await warm(scene, await rawSide(scene));
  const pombo = await warm(scene, await pomboSide(scene, {}));
  const out = await counted(scene, () => inRounds(scene, [alone, pombo], (side, texts) => side.send(texts)));
  const incoming = await counted(scene, () => inRounds(scene, [alone, pombo], (side, texts) => side.receive(texts)));
  await alone.stop();
  await pombo.stop();
  const [rawSent = 0, sent = 0] = out.costs;
  const [rawReceived = 0, received = 0] = incoming.costs;
  const requests = [
    { what: 'AWS requests of a sent text (with its receipts)', pombo: out.requests },
    { what: 'AWS requests of a received text', pombo: incoming.requests },
  ];
  return { raw: { sent: rawSent, received: rawReceived }, costs: { sent, received }, requests };
}

/** @returns what each side took for a text, milliseconds */
async function inRounds(
  scene: Scene,
  sides: readonly Side[],
  work: (side: Side, texts: number) => Promise<void>,
): Promise<readonly number[]> {
  const before = sides.map(({ pid }) => cpuMs(pid));
  const [texts, round] = [scene.amount(TEXTS), scene.amount(ROUND)];
  for (let done = 0; done < texts; done += round) await Promise.all(sides.map((side) => work(side, round)));
  return sides.map(({ pid }, index) => (cpuMs(pid) - (before[index] ?? 0)) / texts);
}

async function warm<S extends Side>(scene: Scene, side: S): Promise<S> {
  await side.send(scene.amount(WARM_UP));
  await side.receive(scene.amount(WARM_UP));
  return side;
}

/** Baileys alone. */
async function rawSide(scene: Scene): Promise<Side> {
  const { bed } = scene;
  const side = new RawSide({ phones: bed.phones, whatsappUrl: bed.sandbox.whatsappUrl });
  const me = await newPerson(scene);
  const friends = await inParallel(FRIENDS, 1, () => newPerson(scene));
  await side.link(me);
  return {
    pid: side.pid,
    async send(texts) {
      for (const friend of friends) await side.send(me, friend, texts / FRIENDS);
    },
    receive: (texts) => receiveAll(scene, { me, friends, texts }, () => side.hasReceived(side.received + texts)),
    stop: () => side.stop(),
  };
}

/** Whose doing it is; a run of its own, because a profile takes time too. */
async function sharesOfTime(scene: Scene): Promise<Readonly<Record<keyof Costs, ReadonlyMap<Owner, number>>>> {
  const profiles = mkdtempSync(path.join(scene.folder, 'profile-'));
  const side = await warm(scene, await pomboSide(scene, profiling(profiles)));
  const count = scene.amount(TEXTS);
  const sending = await windowOf(() => side.send(count));
  const receiving = await windowOf(() => side.receive(count));
  await side.end();
  return { sent: sharesOf(profiles, sending), received: sharesOf(profiles, receiving) };
}

async function windowOf(work: () => Promise<void>): Promise<Window> {
  const fromUs = monotonicUs();
  await work();
  return { fromUs, toUs: monotonicUs() };
}

async function pomboSide(
  scene: Scene,
  env: Readonly<Record<string, string>>,
): Promise<Side & { readonly end: () => Promise<void> }> {
  const side = await PomboSide.start(scene.bed, { POMBO_LOG_LEVEL: 'warn', ...env });
  const own = await side.link(await newPerson(scene));
  const friends = await inParallel(FRIENDS, 1, () => newPerson(scene));
  return {
    pid: side.pid,
    async send(texts) {
      const before = side.count('sent');
      await Promise.all(friends.map((friend) => side.queueTexts(own, friend, texts / FRIENDS)));
      await side.has('sent', before + texts);
    },
    receive(texts) {
      const before = side.count('received');
      return receiveAll(scene, { me: own.number, friends, texts }, () => side.has('received', before + texts));
    },
    stop: () => side.stop(),
    /** Lets it end by itself, which is when a profile is written. */
    async end() {
      await side.connector.kill('SIGTERM');
      await side.stop();
    },
  };
}

async function receiveAll(
  { bed }: Scene,
  { me, friends, texts }: { readonly me: string; readonly friends: readonly string[]; readonly texts: number },
  arrived: () => Promise<void>,
): Promise<void> {
  const all = arrived();
  await inParallel(texts, WRITERS, (index) => bed.phones.write(friends[index % FRIENDS] ?? '', me, `in ${index}`));
  await all;
}

/** What the connector asked of AWS meanwhile, for one text. */
async function counted(scene: Scene, work: () => Promise<readonly number[]>) {
  const { accesses } = scene.bed.accessLog;
  const from = accesses.length;
  const costs = await work();
  const count = scene.amount(TEXTS);
  const actions = new Map<string, number>();
  for (const { action, accessKeyId, target } of accesses.slice(from)) {
    // Heartbeats and leases go on whether or not there is work.
    if (accessKeyId !== 'AKIACONNECTOR' || target === 'tasks') continue;
    actions.set(action, (actions.get(action) ?? 0) + 1);
  }
  const parts = [...actions]
    .toSorted(([, a], [, b]) => b - a)
    .map(([action, times]) => `${rounded(times / count)} ${action.replace(/^\w+:/, '')}`);
  return { costs, requests: parts.join(', ') };
}
