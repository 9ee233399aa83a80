import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Bed, startBed } from '../../test/connector/connector-bed.ts';
import type { BenchOptions } from '../report.ts';

/** Numbers of people that nobody else in the run has; area code 11 keeps the ninth digit. */
let people = 0;
export const newNumber = (): string => `55119${String(30_000_000 + people++)}`;

/** One run of the bench: the simulator, the queues and tables, and how much work there is. */
export interface Scene extends BenchOptions {
  readonly bed: Bed;
  /** For what has to be kept between two processes. */
  readonly folder: string;
  /** `full` of something, a tenth of it in a quick run. */
  amount(full: number): number;
}

/** Runs a part of the bench with a simulator and tables of its own. */
export async function withScene<T>(
  options: BenchOptions & { readonly dynamoDelayMs?: number },
  part: (scene: Scene) => Promise<T>,
): Promise<T> {
  const { quick, dynamoDelayMs = 0 } = options;
  const folder = mkdtempSync(path.join(tmpdir(), 'pombo-bench-'));
  const bed = await startBed({ sandboxProcess: true, dynamoDelayMs });
  const amount = (full: number): number => (quick ? Math.ceil(full / 10) : full);
  try {
    return await part({ ...options, bed, folder, amount });
  } finally {
    await bed.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A person with a phone. */
export async function newPerson({ bed }: Scene): Promise<string> {
  const number = newNumber();
  await bed.phones.createPerson({ number, name: `Pessoa ${people}` });
  return number;
}

/** Does `work` so many times, `width` at a time. */
export async function inParallel<T>(count: number, width: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

export const rounded = (value: number, digits = 2): string => value.toFixed(digits);
export const seconds = (ms: number): string => `${rounded(ms / 1000, 1)} s`;
export const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
