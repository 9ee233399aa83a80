import type {
  ColdPauseRow,
  ParkedGlance,
  ParkedMessage,
  ParkedTable,
} from '../../../connector/messages/parked-table.ts';

/** A parked table in memory, for one session. Each call takes a turn of the event loop, as one over a network does. */
export class MemoryParkedTable implements ParkedTable {
  readonly rows = new Map<string, ParkedMessage>();
  pause: ColdPauseRow | undefined;
  /** Puts and removals. */
  writes = 0;
  reads = 0;
  /** Turns of the event loop that the next call takes. */
  slowness: () => number = () => 1;

  async put(message: ParkedMessage): Promise<void> {
    await this.#turns();
    this.writes += 1;
    this.rows.set(keyOf(message), message);
  }

  async remove(message: ParkedMessage): Promise<void> {
    await this.#turns();
    this.writes += 1;
    this.rows.delete(keyOf(message));
  }

  async ofChat(_uid: string, chat: string, limit: number, after?: ParkedMessage): Promise<readonly ParkedMessage[]> {
    return this.#first(`chat#${chat}#`, limit, after && keyOf(after));
  }

  async later(_uid: string, limit: number): Promise<readonly ParkedMessage[]> {
    return this.#first('later#', limit);
  }

  async any(_uid: string, limit: number): Promise<readonly ParkedMessage[]> {
    return this.#first('', limit);
  }

  async *glances(): AsyncIterable<readonly ParkedGlance[]> {
    await this.#turns();
    for (const key of [...this.rows.keys()].toSorted()) {
      const { chat, dueMs, expiresAtMs } = this.rows.get(key) as ParkedMessage;
      yield [dueMs === undefined ? { type: 'waiting', chat, expiresAtMs } : { type: 'later', dueMs }];
    }
    if (this.pause) yield [{ type: 'pause', pause: this.pause }];
  }

  async putPause(_uid: string, pause: ColdPauseRow | undefined): Promise<void> {
    await this.#turns();
    this.pause = pause;
  }

  async #turns(): Promise<void> {
    for (let left = this.slowness(); left > 0; left--) await new Promise((resolve) => void setImmediate(resolve));
  }

  async #first(prefix: string, limit: number, after = ''): Promise<readonly ParkedMessage[]> {
    this.reads += 1;
    await this.#turns();
    const keys = [...this.rows.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
    const found = keys.slice(0, limit).map((key) => this.rows.get(key) as ParkedMessage);
    await this.#turns();
    return found;
  }
}

const digits = (text: string | number): string => String(text).padStart(20, '0');

function keyOf({ chat, sequence, dueMs }: ParkedMessage): string {
  const place = `${chat}#${digits(sequence)}`;
  return dueMs === undefined ? `chat#${place}` : `later#${digits(dueMs)}#${place}`;
}
