import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const MS_A_TICK = 10;
const KIB = 1024;
/** Fields of /proc/<pid>/stat after the command's name: user and system time. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** Processor time that a process has used so far, milliseconds. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) * MS_A_TICK;
}

/** Resident memory of a process, bytes. */
export function rssBytes(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * KIB;
}

/** A quantile of values, 0 without any. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
