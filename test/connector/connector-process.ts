import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import path from 'node:path';

/** Folder that keeps what each connector said, to look into a proof run afterwards; nothing is kept without it. */
const KEPT_LOGS = process.env['POMBO_TEST_LOGS'];

/** One running connector. */
export class ConnectorProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #log = '';
  #onLog = (): void => undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log += chunk.toString();
        if (KEPT_LOGS !== undefined) appendFileSync(path.join(KEPT_LOGS, `${child.pid}.log`), chunk);
        this.#onLog();
      });
    }
  }

  get log(): string {
    return this.#log;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the log has this text. */
  async says(text: string, timeoutMs = 20_000): Promise<void> {
    const timer = AbortSignal.timeout(timeoutMs);
    const aborted = once(timer, 'abort');
    while (!this.#log.includes(text)) {
      await Promise.race([this.#nextLog(), this.#exited, aborted]);
      if (timer.aborted || this.#child.exitCode !== null)
        throw new Error(`The connector never said "${text}":\n${this.#log}`);
    }
  }

  #nextLog(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLog = resolve;
    });
  }

  /** Stops or continues the process without ending it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Resolves with the exit code when it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#exited;
    return this.#child.exitCode;
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.#child.kill(signal);
    await this.#exited;
    return this.#child.exitCode;
  }
}
