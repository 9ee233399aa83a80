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
  scene.say('CPU per text: Baileys alone …');
  const raw = await ofBaileys(scene);
  scene.say('CPU per text: Pombo …');
  const { costs, requests } = await ofPombo(scene);
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
    how: `${scene.amount(TEXTS)} texts of one number with ${FRIENDS} people, after ${scene.amount(WARM_UP)} to warm up; user and system time of the client's process. Pombo takes its commands from SQS and puts its events there; Baileys keeps its keys in memory and tells nobody. Own code: the share of it that the profile of a further run finds in our files, in zod and in pino, with what Node does for them.`,
    figures: [
      line('sent, acknowledged', 'sent'),
      line('received, queued', 'received'),
      ownCode('sent: own code', 'sent'),
      ownCode('received: own code', 'received'),
      ...requests,
    ],
  };
}

async function ofBaileys(scene: Scene): Promise<Costs> {
  const { bed } = scene;
  const side = new RawSide({ phones: bed.phones, whatsappUrl: bed.sandbox.whatsappUrl });
  const me = await newPerson(scene);
  const friends = await inParallel(FRIENDS, 1, () => newPerson(scene));
  await side.link(me);
  const send = async (count: number): Promise<void> => {
    for (const friend of friends) await side.send(me, friend, count / FRIENDS);
  };
  await send(scene.amount(WARM_UP));
  const count = scene.amount(TEXTS);
  const sent = await cpuOf(side.pid, count, () => send(count));
  const receive = (texts: number): Promise<void> =>
    receiveAll(scene, { me, friends, texts }, () => side.hasReceived(side.received + texts));
  await receive(scene.amount(WARM_UP));
  const received = await cpuOf(side.pid, count, () => receive(count));
  await side.stop();
  return { sent, received };
}

async function ofPombo(scene: Scene) {
  const { side, send, receive } = await warmPombo(scene, {});
  const count = scene.amount(TEXTS);
  const out = await counted(scene, count, async () => cpuOf(side.pid, count, () => send(count)));
  const incoming = await counted(scene, count, async () => cpuOf(side.pid, count, () => receive(count)));
  await side.stop();
  const requests = [
    { what: 'AWS requests of a sent text (with its receipts)', pombo: out.requests },
    { what: 'AWS requests of a received text', pombo: incoming.requests },
  ];
  return { costs: { sent: out.result, received: incoming.result }, requests };
}

/** Whose doing it is; a run of its own, because a profile takes time too. */
async function sharesOfTime(scene: Scene): Promise<Readonly<Record<keyof Costs, ReadonlyMap<Owner, number>>>> {
  const profiles = mkdtempSync(path.join(scene.folder, 'profile-'));
  const { side, send, receive } = await warmPombo(scene, profiling(profiles));
  const count = scene.amount(TEXTS);
  const sending = await windowOf(() => send(count));
  const receiving = await windowOf(() => receive(count));
  await side.connector.kill('SIGTERM');
  await side.stop();
  return { sent: sharesOf(profiles, sending), received: sharesOf(profiles, receiving) };
}

async function windowOf(work: () => Promise<void>): Promise<Window> {
  const fromUs = monotonicUs();
  await work();
  return { fromUs, toUs: monotonicUs() };
}

/** One number of Pombo's that has sent and received before. */
async function warmPombo(scene: Scene, env: Readonly<Record<string, string>>) {
  const side = await PomboSide.start(scene.bed, { POMBO_LOG_LEVEL: 'warn', ...env });
  const own = await side.link(await newPerson(scene));
  const friends = await inParallel(FRIENDS, 1, () => newPerson(scene));
  const send = async (texts: number): Promise<void> => {
    const before = side.count('sent');
    await Promise.all(friends.map((friend) => side.queueTexts(own, friend, texts / FRIENDS)));
    await side.has('sent', before + texts);
  };
  const receive = (texts: number): Promise<void> => {
    const before = side.count('received');
    return receiveAll(scene, { me: own.number, friends, texts }, () => side.has('received', before + texts));
  };
  await send(scene.amount(WARM_UP));
  await receive(scene.amount(WARM_UP));
  return { side, send, receive };
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

async function cpuOf(pid: number, count: number, work: () => Promise<void>): Promise<number> {
  const before = cpuMs(pid);
  await work();
  return (cpuMs(pid) - before) / count;
}

/** What the connector asked of AWS meanwhile, for one text. */
async function counted(scene: Scene, count: number, work: () => Promise<number>) {
  const { accesses } = scene.bed.accessLog;
  const from = accesses.length;
  const result = await work();
  const actions = new Map<string, number>();
  for (const { action, accessKeyId, target } of accesses.slice(from)) {
    // Heartbeats and leases go on whether or not there is work.
    if (accessKeyId !== 'AKIACONNECTOR' || target === 'tasks') continue;
    actions.set(action, (actions.get(action) ?? 0) + 1);
  }
  const parts = [...actions]
    .toSorted(([, a], [, b]) => b - a)
    .map(([action, times]) => `${rounded(times / count)} ${action.replace(/^\w+:/, '')}`);
  return { result, requests: parts.join(', ') };
}
