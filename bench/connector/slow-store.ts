import type { Table } from '../report.ts';
import { PomboSide } from './pombo-side.ts';
import { RawSide } from './raw-side.ts';
import { newPerson, rounded, type Scene } from './scene.ts';

const TEXTS = 300;
/** What a store takes over a network. */
export const STORE_MS = 5;
const GOAL = 3;

/** One number that sends one text after the other, with a store that takes its time. */
export async function slowStore(scene: Scene): Promise<Table> {
  scene.say('One number, sequential, slow store …');
  const { bed } = scene;
  const count = scene.amount(TEXTS);
  const raw = new RawSide({ phones: bed.phones, whatsappUrl: bed.sandbox.whatsappUrl, storeDelayMs: STORE_MS });
  const friend = await newPerson(scene);
  const rawNumber = await newPerson(scene);
  await raw.link(rawNumber);
  await raw.send(rawNumber, friend, 2);
  const alone = await perSecond(count, () => raw.send(rawNumber, friend, count));
  await raw.stop();
  const side = await PomboSide.start(bed, { POMBO_LOG_LEVEL: 'warn' });
  const own = await side.link(await newPerson(scene));
  const other = await newPerson(scene);
  await side.queueTexts(own, other, 2);
  await side.has('sent', 2);
  const ours = await perSecond(count, async () => {
    await side.queueTexts(own, other, count);
    await side.has('sent', count + 2);
  });
  await side.stop();
  return {
    title: 'A store over a network',
    how: `${count} texts of one number to one person, one after the other; DynamoDB answers after ${STORE_MS} ms, and so does the store of Baileys alone.`,
    figures: [
      {
        what: 'texts a second',
        pombo: `${rounded(ours, 0)} (${rounded(ours / alone, 1)} ×)`,
        baileys: rounded(alone, 0),
        goal: `≥ ${GOAL} ×`,
        reached: ours / alone >= GOAL,
      },
    ],
  };
}

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (count * 1000) / (performance.now() - startMs);
}
