import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#core/domain/clock.ts';
import { isOnWhatsApp } from '../magic-numbers.ts';
import { prepared } from './database.ts';
import type { Addressing, DeviceAddress } from './jid.ts';
import { lidJid, parseJid, pnJid } from './jid.ts';
import { parseNumber, registeredNumber } from './phone-number.ts';

/** Somebody with a phone number and a phone. */
export interface Person {
  readonly number: string;
  readonly lid: string;
  readonly name: string;
  /** Whether the phone has a network. */
  readonly online: boolean;
  /** Whether what arrives counts as read at once. */
  readonly autoRead: boolean;
  /** How the phone's stanzas name people. */
  readonly addressing: Addressing;
}

const FIRST_NAMES = ['Ana', 'Bruno', 'Carla', 'Davi', 'Elisa', 'Felipe', 'Gabriela', 'Heitor', 'Iara', 'João'];
const LAST_NAMES = ['Almeida', 'Barros', 'Castro', 'Dias', 'Esteves', 'Freitas', 'Gomes', 'Lima', 'Moura', 'Nunes'];

/** Everybody whom WhatsApp knows, and how their jids map to phone numbers. */
export class Directory {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #people = new Map<string, Person>();
  readonly #numberOfLid = new Map<string, string>();
  /** Numbers whose people have others now. */
  readonly #left = new Set<string>();
  /** Hears of everybody who comes to be. */
  onCreated: (person: Person) => void = () => undefined;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    for (const row of database.prepare('SELECT * FROM people').all()) this.#remember(personFrom(row));
    for (const row of database.prepare('SELECT number FROM left_numbers').all()) this.#left.add(String(row['number']));
  }

  /** People known so far, in order of their numbers. */
  list(): Person[] {
    return [...this.#people.values()].sort((a, b) => a.number.localeCompare(b.number));
  }

  /** The person with that registered number, if somebody has mentioned it before. */
  find(number: string): Person | undefined {
    return this.#people.get(number);
  }

  /**
   * The person behind a number as dialled or written. Somebody nobody has heard of yet comes to be, because every
   * valid number is on WhatsApp here; undefined for numbers that are invalid or set aside as not on WhatsApp.
   */
  ensure(written: string, name?: string): Person | undefined {
    const digits = parseNumber(written);
    if (digits === undefined) return undefined;
    const number = registeredNumber(digits);
    if (this.#left.has(number)) return undefined;
    const known = this.#people.get(number);
    if (known) return known;
    if (!isOnWhatsApp(number)) return undefined;
    return this.#create(number, name ?? madeUpName(number));
  }

  /** The person whom a jid names; a number that is not the registered form of itself names nobody, as in WhatsApp. */
  personOf(jid: string): Person | undefined {
    const parts = parseJid(jid);
    if (!parts) return undefined;
    if (parts.server === 'lid') {
      const number = this.#numberOfLid.get(parts.user);
      return number === undefined || this.#left.has(number) ? undefined : this.#people.get(number);
    }
    if (parts.server !== 's.whatsapp.net' || registeredNumber(parts.user) !== parts.user) return undefined;
    return this.ensure(parts.user);
  }

  /** The device that a jid names, whether or not it exists. */
  addressOf(jid: string): DeviceAddress | undefined {
    const person = this.personOf(jid);
    return person && { number: person.number, device: parseJid(jid)?.device ?? 0 };
  }

  /** The jid of a device. Throws when nobody has that number. */
  jidOf(address: DeviceAddress, addressing: Addressing): string {
    if (addressing === 'pn') return pnJid(address.number, address.device);
    return lidJid(this.get(address.number).lid, address.device);
  }

  /** The person with that registered number. Throws when nobody has it. */
  get(number: string): Person {
    const person = this.#people.get(number);
    if (!person) throw new Error(`nobody has the number ${number}`);
    return person;
  }

  /** Changes what is known of a person and returns the new state. */
  update(number: string, change: Partial<Pick<Person, 'name' | 'online' | 'autoRead' | 'addressing'>>): Person {
    const person = { ...this.get(number), ...change };
    prepared(
      this.#database,
      'UPDATE people SET name = ?, online = ?, auto_read = ?, addressing = ? WHERE number = ?',
    ).run(person.name, Number(person.online), Number(person.autoRead), person.addressing, number);
    this.#people.set(number, person);
    return person;
  }

  /** Nobody has the number any more; what was written under it stays. */
  leave(number: string): void {
    prepared(this.#database, 'INSERT OR IGNORE INTO left_numbers VALUES (?)').run(number);
    this.#left.add(number);
  }

  #create(number: string, name: string): Person {
    const person: Person = {
      number,
      lid: this.#freeLid(number),
      name,
      online: true,
      autoRead: false,
      addressing: 'pn',
    };
    prepared(this.#database, 'INSERT INTO people (number, lid, name) VALUES (?, ?, ?)').run(number, person.lid, name);
    prepared(
      this.#database,
      "INSERT INTO devices (number, device, kind, state, linked_ms) VALUES (?, 0, 'phone', 'linked', ?)",
    ).run(number, this.#clock.now());
    this.#remember(person);
    this.onCreated(person);
    return this.get(number);
  }

  /** LIDs say nothing about the number to others; here they are its hash, so that a reset keeps them. */
  #freeLid(number: string): string {
    for (let attempt = 0; ; attempt++) {
      const hash = createHash('sha256').update(`lid ${number} ${attempt}`).digest();
      const lid = `1${(hash.readUIntBE(0, 6) % 1e14).toString().padStart(14, '0')}`;
      if (!this.#numberOfLid.has(lid)) return lid;
    }
  }

  #remember(person: Person): void {
    this.#people.set(person.number, person);
    this.#numberOfLid.set(person.lid, person.number);
  }
}

function madeUpName(number: string): string {
  const hash = createHash('sha256').update(number).digest();
  const first = FIRST_NAMES[(hash[0] ?? 0) % FIRST_NAMES.length];
  const last = LAST_NAMES[(hash[1] ?? 0) % LAST_NAMES.length];
  return `${first} ${last}`;
}

function personFrom(row: Record<string, unknown>): Person {
  return {
    number: String(row['number']),
    lid: String(row['lid']),
    name: String(row['name']),
    online: row['online'] === 1,
    autoRead: row['auto_read'] === 1,
    addressing: row['addressing'] === 'lid' ? 'lid' : 'pn',
  };
}
