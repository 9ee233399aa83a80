import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { LOG_LEVELS, type LogLine } from './log-line.ts';

/** A line as it is kept: what the terminal shows, with its time. */
const KeptLineSchema = z.object({
  atMs: z.number(),
  part: z.string(),
  level: z.enum(LOG_LEVELS),
  text: z.string(),
  fields: z.record(z.string(), z.unknown()),
});
export type KeptLine = z.infer<typeof KeptLineSchema>;

/** Two files of this size are kept, bytes: some 50,000 lines. */
const FILE_BYTES = 8 * 1024 * 1024;
const CURRENT = 'current.jsonl';
const BEFORE = 'before.jsonl';

/** Fields that say which message or event a line is about: such lines are kept at every level. */
const IDS = ['messageId', 'eventId'] as const;

/** Whether a line is worth keeping: what is at least an information, and each hop of a message. */
const isKept = ({ level, fields }: LogLine): boolean =>
  LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf('info') || IDS.some((id) => fields[id] !== undefined);

export interface LogFile {
  /** Appends a line; it is in the file when this returns. Never throws: a full disk costs lines, not the runner. */
  keep(line: LogLine): void;
  close(): void;
}

/** Keeps the latest lines of all parts in a folder, over restarts. @param now milliseconds since the epoch */
export function openLogFile(folder: string, now: () => number, fileBytes = FILE_BYTES): LogFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const current = path.join(folder, CURRENT);
  let file = openSync(current, 'a', 0o600);
  let bytes = fstatSync(file).size;
  const turnOver = (): void => {
    closeSync(file);
    renameSync(current, path.join(folder, BEFORE));
    file = openSync(current, 'a', 0o600);
    bytes = 0;
  };
  return {
    keep(line) {
      if (!isKept(line)) return;
      try {
        if (bytes >= fileBytes) turnOver();
        const kept: KeptLine = { atMs: now(), ...line };
        bytes += writeSync(file, `${JSON.stringify(kept)}\n`);
      } catch (error) {
        if (!isDiskError(error)) throw error;
      }
    },
    close: () => closeSync(file),
  };
}

const isDiskError = (error: unknown): boolean => error instanceof Error && 'code' in error;

/** The lines that a folder keeps, oldest first; a line that was cut off by a crash is left out. */
export function readLogFile(folder: string): readonly KeptLine[] {
  return [BEFORE, CURRENT].flatMap((name) => {
    const file = path.join(folder, name);
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => keptLine(line) ?? []);
  });
}

function keptLine(line: string): KeptLine | undefined {
  try {
    return KeptLineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
