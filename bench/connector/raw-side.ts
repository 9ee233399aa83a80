import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { SandboxClient } from '../../sandbox/control-client.ts';
import type { RawOrder, RawReport } from './raw-baileys.ts';

const PROGRAM = path.join(import.meta.dirname, 'raw-baileys.ts');

/** Sockets of Baileys alone, in a process of their own. */
export class RawSide {
  readonly #child: ChildProcess;
  readonly #phones: SandboxClient;
  readonly #listeners = new Set<(report: RawReport) => void>();
  received = 0;

  /** @param storeDelayMs what each call of the key store takes, milliseconds */
  constructor(options: {
    readonly phones: SandboxClient;
    readonly whatsappUrl: string;
    readonly storeDelayMs?: number;
  }) {
    this.#phones = options.phones;
    this.#child = fork(PROGRAM, [options.whatsappUrl, String(options.storeDelayMs ?? 0)]);
    this.#child.on('message', (report: RawReport) => {
      if (report.type === 'received') this.received = report.count;
      for (const listener of this.#listeners) listener(report);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Links a number and waits until it is open for good: the first login ends with a restart. */
  async link(number: string): Promise<void> {
    const qr = this.#next((report) => report.type === 'qr' && report.name === number);
    this.#order({ type: 'link', name: number });
    const shown = await qr;
    const open = this.#next((report) => report.type === 'open' && report.name === number);
    await this.#phones.scan(number, shown.type === 'qr' ? shown.qr : '');
    await open;
  }

  /** Sends texts one after the other; resolves with the time from each call to WhatsApp's acknowledgement, milliseconds. */
  async send(number: string, to: string, count: number): Promise<readonly number[]> {
    const sent = this.#next((report) => report.type === 'sent' && report.name === number);
    this.#order({ type: 'send', name: number, to: `${to}@s.whatsapp.net`, count });
    const report = await sent;
    return report.type === 'sent' ? report.latenciesMs : [];
  }

  async save(file: string): Promise<void> {
    const saved = this.#next(({ type }) => type === 'saved');
    this.#order({ type: 'save', file });
    await saved;
  }

  /** Opens so many of the saved numbers; resolves when all are open. */
  async load(file: string, count: number): Promise<void> {
    const open = new Set<string>();
    const all = this.#next((report) => {
      if (report.type === 'open') open.add(report.name);
      return open.size >= count;
    });
    this.#order({ type: 'load', file, count });
    await all;
  }

  /** Resolves when it has received so many messages in all. */
  async hasReceived(count: number): Promise<void> {
    if (this.received >= count) return;
    await this.#next((report) => report.type === 'received' && report.count >= count);
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #order(order: RawOrder): void {
    this.#child.send(order);
  }

  #next(matches: (report: RawReport) => boolean): Promise<RawReport> {
    return new Promise((resolve) => {
      const listener = (report: RawReport): void => {
        if (!matches(report)) return;
        this.#listeners.delete(listener);
        resolve(report);
      };
      this.#listeners.add(listener);
    });
  }
}
