import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { BinaryNode } from '../wire/node.ts';
import { decodeStanza, encodeStanza } from '../wire/stanza-codec.ts';
import type { DeviceAddress } from './jid.ts';

/** The stanza classes that a device must acknowledge. */
export type StanzaClass = 'message' | 'receipt' | 'notification';

/** What an acknowledgement tells about the stanza that it answers. */
export interface Acknowledged {
  readonly class: StanzaClass;
  readonly id: string;
  /** The `type` of an acknowledged receipt; several receipts may carry one id. */
  readonly kind?: string | undefined;
  /** Who sent the stanza, when the acknowledgement says so. */
  readonly sender?: string | undefined;
  readonly participant?: string | undefined;
}

export interface QueuedStanza {
  readonly seq: number;
  readonly stanza: BinaryNode;
}

/** Stanzas that devices have not acknowledged yet, in the order in which they came. */
export class StanzaQueue {
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #delete: StatementSync;
  readonly #list: StatementSync;
  readonly #count: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      'INSERT INTO stanza_queue (number, device, class, id, kind, sender, participant, stanza) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#find = database.prepare(
      'SELECT seq, kind, sender, participant FROM stanza_queue WHERE number = ? AND device = ? AND class = ? AND id = ? ORDER BY seq',
    );
    this.#delete = database.prepare('DELETE FROM stanza_queue WHERE seq = ?');
    this.#list = database.prepare(
      'SELECT seq, stanza FROM stanza_queue WHERE number = ? AND device = ? AND seq > ? ORDER BY seq LIMIT ?',
    );
    this.#count = database.prepare(
      'SELECT class, count(*) AS n FROM stanza_queue WHERE number = ? AND device = ? GROUP BY class',
    );
  }

  /** Keeps a stanza for a device; returns its place in the queue. */
  add(address: DeviceAddress, stanza: BinaryNode, stanzaClass: StanzaClass): number {
    const { id = '', type = '', from = '', participant = '' } = stanza.attrs;
    const { lastInsertRowid } = this.#insert.run(
      address.number,
      address.device,
      stanzaClass,
      id,
      stanzaClass === 'receipt' ? type : '',
      from,
      participant,
      encodeStanza(stanza),
    );
    return Number(lastInsertRowid);
  }

  /** Drops the oldest stanza that the acknowledgement fits. Returns whether there was one. */
  acknowledge(address: DeviceAddress, ack: Acknowledged): boolean {
    const rows = this.#find.all(address.number, address.device, ack.class, ack.id);
    const row = rows.find((each) => fits(each, ack)) ?? (rows.length === 1 ? rows[0] : undefined);
    if (!row) return false;
    this.#delete.run(Number(row['seq']));
    return true;
  }

  /** At most `limit` stanzas of that device after the place `afterSeq`. */
  list(address: DeviceAddress, afterSeq: number, limit: number): QueuedStanza[] {
    return this.#list.all(address.number, address.device, afterSeq, limit).map((row) => {
      const stored = row['stanza'];
      if (!(stored instanceof Uint8Array)) throw new Error('the queue holds something that is no stanza');
      return { seq: Number(row['seq']), stanza: decodeStanza(stored) };
    });
  }

  /** How many stanzas of each class wait for that device. */
  count(address: DeviceAddress): Record<StanzaClass, number> {
    const counts = { message: 0, receipt: 0, notification: 0 };
    for (const row of this.#count.all(address.number, address.device)) {
      counts[row['class'] as StanzaClass] = Number(row['n']);
    }
    return counts;
  }
}

function fits(row: Record<string, unknown>, ack: Acknowledged): boolean {
  if (ack.kind !== undefined && row['kind'] !== ack.kind) return false;
  if (ack.sender !== undefined && row['sender'] !== ack.sender) return false;
  return ack.participant === undefined || row['participant'] === ack.participant;
}
