import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** Beside the installed packages: gone with them, and never committed. */
const CACHE = path.resolve(import.meta.dirname, '..', 'node_modules', '.cache');

/** Begins the name of a folder that is being filled; the process that does it follows. */
const UNFINISHED = 'new-';

export interface BuildKind {
  readonly name: string;
  /** Builds of this kind that are kept, the newest: more than are being copied at any moment. */
  readonly keep: number;
  /** @default beside the installed packages */
  readonly folder?: string;
}

/**
 * A folder that is made once from the same sources. Two processes may make it at the same time; one of them wins.
 * @param fingerprint hexadecimal digits that differ when what it is made of differs
 * @param make fills an empty folder @throws what `make` throws; nothing is kept then
 * @returns the folder, not to be written into
 */
export async function keptBuild(
  { name, keep, folder = CACHE }: BuildKind,
  fingerprint: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const kept = path.join(folder, `pombo-${name}`);
  const wanted = path.join(kept, fingerprint);
  if (!existsSync(wanted)) {
    mkdirSync(kept, { recursive: true });
    const fresh = mkdtempSync(path.join(kept, `${UNFINISHED}${process.pid}-`));
    try {
      await make(fresh);
      renameSync(fresh, wanted);
      prune(kept, keep);
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true });
      if (!existsSync(wanted)) throw error;
    }
  }
  return wanted;
}

/** Takes away what is more than enough, and what somebody left who was killed in the middle. */
function prune(kept: string, keep: number): void {
  const names = readdirSync(kept);
  for (const name of names) if (isAbandoned(name)) rmSync(path.join(kept, name), { recursive: true, force: true });
  const newestFirst = names
    .filter((name) => !name.startsWith(UNFINISHED))
    .map((name) => path.join(kept, name))
    .map((build) => ({ build, madeMs: statSync(build, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .toSorted((a, b) => b.madeMs - a.madeMs);
  for (const { build } of newestFirst.slice(keep)) rmSync(build, { recursive: true, force: true });
}

function isAbandoned(name: string): boolean {
  if (!name.startsWith(UNFINISHED)) return false;
  try {
    return !process.kill(Number.parseInt(name.slice(UNFINISHED.length), 10), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
