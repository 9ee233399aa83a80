import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const OWN = [path.join(REPOSITORY, 'connector/'), path.join(REPOSITORY, 'core/')];
const PACKAGES = '/node_modules/';
const AWS = /^(@aws-sdk|@smithy|@aws)\//;
/** Packages that we chose; all others came with Baileys. */
const CHOSEN = /^(zod|pino)\//;

const ProfileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
      children: z.array(z.number()).default([]),
    }),
  ),
  /** Monotonic, microseconds. */
  startTime: z.number(),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
type Profile = z.infer<typeof ProfileSchema>;

/** Who wrote the code in which time was spent. */
export type Owner = 'own' | 'aws' | 'baileys' | 'runtime';
/** A stretch of the monotonic clock, microseconds. */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Makes a Node process write a profile into this folder when it ends. */
export const profiling = (folder: string): Record<string, string> => ({
  NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}`,
});

/** The monotonic clock that profiles are written in, microseconds. */
export const monotonicUs = (): number => Number(process.hrtime.bigint() / 1000n);

/**
 * Each owner's share of the time that the profiled process of this folder was busy within the window, in [0, 1]. What Node
 * does for somebody is theirs; what it does on its own, collecting garbage among it, is the runtime's. Shares, because a
 * profile counts the time in which other processes had the core too.
 */
export function sharesOf(folder: string, { fromUs, toUs }: Window): ReadonlyMap<Owner, number> {
  const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  const profile = ProfileSchema.parse(JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
  const owners = ownersOf(profile);
  const times = new Map<Owner, number>();
  let atUs = profile.startTime;
  for (const [index, node] of profile.samples.entries()) {
    const tookUs = profile.timeDeltas[index] ?? 0;
    atUs += tookUs;
    const owner = owners.get(node);
    if (owner === undefined || atUs < fromUs || atUs > toUs) continue;
    times.set(owner, (times.get(owner) ?? 0) + tookUs);
  }
  const busyUs = [...times.values()].reduce((sum, us) => sum + us, 0);
  return new Map([...times].map(([owner, us]) => [owner, us / busyUs]));
}

/** Of each node of the call tree; nodes of an idle process have none. */
function ownersOf({ nodes }: Profile): ReadonlyMap<number, Owner> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const owners = new Map<number, Owner>();
  const walk = (id: number, inherited: Owner): void => {
    const node = byId.get(id);
    if (!node) return;
    const { functionName, url } = node.callFrame;
    const owner = ownerOf(url) ?? inherited;
    if (functionName !== '(idle)' && functionName !== '(root)') owners.set(id, owner);
    for (const child of node.children) walk(child, owner);
  };
  const [root] = nodes;
  if (root) walk(root.id, 'runtime');
  return owners;
}

function ownerOf(url: string): Owner | undefined {
  if (!url.startsWith('file:') && !url.startsWith('/')) return undefined;
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  if (OWN.some((folder) => file.startsWith(folder))) return 'own';
  const name = file.split(PACKAGES).at(-1) ?? '';
  if (AWS.test(name)) return 'aws';
  return CHOSEN.test(name) ? 'own' : 'baileys';
}
