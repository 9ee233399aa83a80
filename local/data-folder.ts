import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { StartFailure } from './start-failure.ts';

/** Layout of what stands in a data folder; raised when an older one can't be read any more. */
const LAYOUT = 1;
const LAYOUT_FILE = 'layout.json';
const LOCK_FILE = 'lock.sqlite';
const RUN_FILE = 'run.json';
const API_KEY_FILE = 'api-key';

const LayoutSchema = z.object({ layout: z.number() });

/** What other commands (`npm run phone`, `receiver`, `keys`) need to know of a running Pombo. */
export interface RunFile {
  readonly api: string;
  readonly apiKey: string;
  /** Address of the sandbox's control API; null with another WhatsApp server. */
  readonly sandbox: string | null;
  readonly data: string;
  readonly awsEndpoint: string;
  readonly stack: { readonly outputs: Readonly<Record<string, string>> };
}

export interface DataFolderOptions {
  readonly folder: string;
  /** As the user wrote it. */
  readonly shown: string;
  /** Empties it first. */
  readonly reset: boolean;
}

/** The folder that keeps everything of one Pombo; open in one process at a time. */
export class DataFolder {
  readonly folder: string;
  readonly #lock: DatabaseSync;

  private constructor(folder: string, lock: DatabaseSync) {
    this.folder = folder;
    this.#lock = lock;
  }

  /** @throws StartFailure when another Pombo uses it, when it is of another layout or somebody else's folder */
  static open({ folder, shown, reset }: DataFolderOptions): DataFolder {
    makeFolder(folder, shown);
    const lock = lockFolder(folder, shown);
    try {
      if (reset) empty(folder);
      checkLayout(folder, shown);
    } catch (error) {
      lock.close();
      throw error;
    }
    // Left there by a Pombo that was killed.
    rmSync(path.join(folder, RUN_FILE), { force: true });
    return new DataFolder(folder, lock);
  }

  /** Absolute path of something inside. */
  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** The API key that an earlier start made; undefined before the first. */
  readApiKey(): string | undefined {
    const file = this.path(API_KEY_FILE);
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  }

  writeApiKey(apiKey: string): void {
    writePrivate(this.path(API_KEY_FILE), `${apiKey}\n`);
  }

  /** Tells other commands where this Pombo is. */
  announce(run: RunFile): void {
    writePrivate(this.path(RUN_FILE), `${JSON.stringify(run, undefined, 2)}\n`);
  }

  /** Takes the announcement back and lets the next Pombo in. */
  close(): void {
    rmSync(this.path(RUN_FILE), { force: true });
    this.#lock.close();
  }
}

function writePrivate(file: string, text: string): void {
  // An existing file would keep its own mode.
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600 });
}

/** @throws StartFailure when it can't be a folder of ours */
function makeFolder(folder: string, shown: string): void {
  try {
    refuseForeign(folder, shown);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK);
  } catch (cause) {
    if (cause instanceof StartFailure) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartFailure(
      `${shown} can't be the data folder (${reason}). Choose another one: npm start -- --data <folder>.`,
      { cause },
    );
  }
}

function refuseForeign(folder: string, shown: string): void {
  if (!existsSync(folder) || existsSync(path.join(folder, LAYOUT_FILE))) return;
  const others = readdirSync(folder).filter((name) => !name.startsWith(LOCK_FILE));
  if (others.length > 0)
    throw new StartFailure(
      `${shown} holds other files (${others.slice(0, 3).join(', ')}): choose another folder with --data <folder>.`,
    );
}

/** The lock is SQLite's, which the system lets go when the process ends, however it ends. */
function lockFolder(folder: string, shown: string): DatabaseSync {
  const lock = new DatabaseSync(path.join(folder, LOCK_FILE));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE; COMMIT');
    return lock;
  } catch (cause) {
    lock.close();
    throw new StartFailure(
      `Another Pombo uses the data folder ${shown}${whereItRuns(folder)}. Stop it with Ctrl-C, or choose another folder: npm start -- --data <folder>.`,
      { cause },
    );
  }
}

function whereItRuns(folder: string): string {
  try {
    const { api } = z.object({ api: z.string() }).parse(JSON.parse(readFileSync(path.join(folder, RUN_FILE), 'utf8')));
    return ` (${api})`;
  } catch {
    return '';
  }
}

function empty(folder: string): void {
  for (const name of readdirSync(folder))
    if (!name.startsWith(LOCK_FILE)) rmSync(path.join(folder, name), { recursive: true, force: true });
}

function checkLayout(folder: string, shown: string): void {
  const file = path.join(folder, LAYOUT_FILE);
  if (!existsSync(file)) {
    writeFileSync(file, JSON.stringify({ layout: LAYOUT }));
    return;
  }
  const layout = readLayout(file);
  if (layout === LAYOUT) return;
  const whose = layout === undefined ? 'an unknown' : layout < LAYOUT ? 'an older' : 'a newer';
  throw new StartFailure(
    `The data folder ${shown} is of ${whose} Pombo (layout ${layout ?? 'unreadable'}, this one needs ${LAYOUT}). ` +
      `Begin anew with npm start -- --data ${shown} --reset (its sessions have to be paired again), or choose another folder with --data <folder>.`,
  );
}

/** Undefined when the file does not say. */
function readLayout(file: string): number | undefined {
  try {
    return LayoutSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).layout;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
