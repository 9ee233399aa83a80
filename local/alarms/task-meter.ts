import { type Clock, systemClock } from '#core/domain/clock.ts';

/** A task whose use can be read. */
export interface MeteredTask {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  processorMs(): number | undefined;
  memoryBytes(): number | undefined;
}

/** What a task definition reserves. */
export interface Reserved {
  readonly cpuUnits: number | undefined;
  readonly memoryMb: number | undefined;
}

interface Reading {
  readonly processorMs: number;
  readonly atMs: number;
  readonly realMs: number;
}

/** CPU units of one vCPU. */
const UNITS_PER_VCPU = 1024;
const BYTES_PER_MB = 1024 * 1024;
/** A Fargate task gets what it reserves and no more. */
const MOST_PERCENT = 100;

/** Reads what tasks use, in percent of what they reserve. Where the system does not say, that is 0. */
export class TaskMeter {
  readonly #clock: Clock;
  readonly #real: Clock;
  readonly #startedRealMs: number;
  readonly #readings = new Map<string, Reading>();

  /** @param real clock of the machine */
  constructor(clock: Clock, real: Clock = systemClock) {
    this.#clock = clock;
    this.#real = real;
    this.#startedRealMs = real.monotonic();
  }

  /** Use since the last call for this task, or since its start. */
  read(task: MeteredTask, { cpuUnits, memoryMb }: Reserved): { processorPercent: number; memoryPercent: number } {
    return {
      processorPercent: shareOf(this.#processorShare(task), (cpuUnits ?? UNITS_PER_VCPU) / UNITS_PER_VCPU),
      memoryPercent: memoryMb === undefined ? 0 : shareOf(task.memoryBytes() ?? 0, memoryMb * BYTES_PER_MB),
    };
  }

  /** Forgets all tasks but these. */
  keepOnly(ids: readonly string[]): void {
    for (const id of this.#readings.keys()) if (!ids.includes(id)) this.#readings.delete(id);
  }

  /** Processors that were busy on average. */
  #processorShare(task: MeteredTask): number {
    const processorMs = task.processorMs() ?? 0;
    const now: Reading = { processorMs, atMs: this.#clock.now(), realMs: this.#real.monotonic() };
    const fresh = { processorMs: 0, atMs: task.startedAtMs, realMs: this.#startedRealMs };
    const before = this.#readings.get(task.id) ?? fresh;
    this.#readings.set(task.id, now);
    // A restarted container counts from zero again.
    const usedMs = processorMs >= before.processorMs ? processorMs - before.processorMs : processorMs;
    // Virtual time may stand still or run ahead of the processor's; the longer of the two can't show work that is not there.
    const elapsedMs = Math.max(now.atMs - before.atMs, now.realMs - before.realMs, 1);
    return usedMs / elapsedMs;
  }
}

const shareOf = (used: number, reserved: number): number => Math.min(MOST_PERCENT, (MOST_PERCENT * used) / reserved);
