import path from 'node:path';
import type { Figure, Table } from '../report.ts';
import { PomboSide } from './pombo-side.ts';
import { cpuMs, rssBytes } from './process-meter.ts';
import { RawSide } from './raw-side.ts';
import { inParallel, mebibytes, newPerson, rounded, type Scene, seconds } from './scene.ts';

const COUNTS = [10, 50, 200, 500];
const PAIRINGS = 4;
/** Idle for so long before memory is read, then so long again for the processor, milliseconds. */
const REST_MS = 20_000;
/** Design section 5, for 500 numbers. */
const GOAL = { rssBytes: 512 * 2 ** 20, cpuPercent: 2 };

interface Idle {
  readonly openMs: number;
  readonly rss: number;
  readonly cpuPercent: number;
}

/** Memory and processor of numbers that do nothing, and how long it takes until all of them are open after a start. */
export async function idleSessions(scene: Scene): Promise<Table> {
  const counts = COUNTS.map((count) => scene.amount(count));
  const most = Math.max(...counts);
  scene.say(`Linking ${most} numbers on each side …`);
  const raw = await rawIdle(scene, counts);
  const pombo = await pomboIdle(scene, counts);
  const figures = counts.flatMap((count, index): Figure[] => {
    const [own, alone] = [pombo[index], raw[index]];
    if (!own || !alone) return [];
    const all = count === COUNTS.at(-1);
    return [
      {
        what: `${count} numbers: memory`,
        pombo: mebibytes(own.rss),
        baileys: mebibytes(alone.rss),
        ...(all && { goal: `≤ ${mebibytes(GOAL.rssBytes)}`, reached: own.rss <= GOAL.rssBytes }),
      },
      {
        what: `${count} numbers: one core`,
        pombo: `${rounded(own.cpuPercent, 1)} %`,
        baileys: `${rounded(alone.cpuPercent, 1)} %`,
        ...(all && { goal: `≤ ${GOAL.cpuPercent} %`, reached: own.cpuPercent <= GOAL.cpuPercent }),
      },
      {
        what: `${count} numbers: start until all are open`,
        pombo: seconds(own.openMs),
        baileys: seconds(alone.openMs),
      },
    ];
  });
  return {
    title: 'Idle numbers and a mass reconnect',
    how: `A process that starts with so many linked numbers; memory ${scene.amount(REST_MS) / 1000} s after the last is open, processor over the ${scene.amount(REST_MS) / 1000} s after that. Pombo lets 20 numbers log in at a time, Baileys alone all at once.`,
    figures,
  };
}

async function measured(scene: Scene, pid: number, openMs: number): Promise<Idle> {
  const restMs = scene.amount(REST_MS);
  const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, restMs));
  await rest();
  const rss = rssBytes(pid);
  const before = cpuMs(pid);
  await rest();
  return { openMs, rss, cpuPercent: ((cpuMs(pid) - before) / restMs) * 100 };
}

async function rawIdle(scene: Scene, counts: readonly number[]): Promise<Idle[]> {
  const { bed, folder, say } = scene;
  const file = path.join(folder, 'raw.json');
  const options = { phones: bed.phones, whatsappUrl: bed.sandbox.whatsappUrl };
  const linking = new RawSide(options);
  await inParallel(Math.max(...counts), PAIRINGS, async () => linking.link(await newPerson(scene)));
  await linking.save(file);
  await linking.stop();
  const results: Idle[] = [];
  for (const count of counts) {
    say(`${count} idle numbers: Baileys alone …`);
    const side = new RawSide(options);
    const startMs = performance.now();
    await side.load(file, count);
    results.push(await measured(scene, side.pid, performance.now() - startMs));
    await side.stop();
  }
  return results;
}

async function pomboIdle(scene: Scene, counts: readonly number[]): Promise<Idle[]> {
  const { bed, say } = scene;
  const env = { POMBO_LOG_LEVEL: 'info' };
  const linking = await PomboSide.start(bed, env);
  const owned = await inParallel(Math.max(...counts), PAIRINGS, async () => linking.link(await newPerson(scene)));
  await linking.connector.kill('SIGTERM');
  await linking.stop();
  const results: Idle[] = [];
  for (const count of counts) {
    say(`${count} idle numbers: Pombo …`);
    await Promise.all(
      owned.map(({ session }, index) => bed.setDesired(session, index < count ? 'running' : 'stopped')),
    );
    const startMs = performance.now();
    const side = await PomboSide.start(bed, env);
    while (opened(side) < count) await new Promise((resolve) => setTimeout(resolve, 50));
    results.push(await measured(scene, side.pid, performance.now() - startMs));
    await side.connector.kill('SIGTERM');
    await side.stop();
  }
  return results;
}

const opened = ({ connector }: PomboSide): number => connector.log.split('"status":"open"').length - 1;
