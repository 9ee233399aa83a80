import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '#core/contracts/event.ts';
import type { Access } from './access-log.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';

const ME = '5511988880081';
const FRIENDS = Array.from({ length: 10 }, (_, n) => `55119888801${String(n).padStart(2, '0')}`);
const MESSAGES = 40;
const SESSIONS = 8;
const EACH = 10;

let bed: Bed;
let session: Identity;

beforeAll(async () => {
  bed = await startBed();
  for (const number of [ME, ...FRIENDS]) await bed.phones.createPerson({ number, name: number, autoRead: true });
  const connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await connector.says('"status":"open"');
  for (const number of FRIENDS) {
    await bed.phones.write(number, ME, `hello ${number}`);
    const stanzaId = await bed.sendText(session, number, 'hello');
    await bed.phones.waitForMessage(number, ({ id }) => id === stanzaId);
    await bed.phones.write(number, ME, `hello again ${number}`);
  }
  await settled(() => count(text) === 2 * FRIENDS.length && count(status('read')) === FRIENDS.length);
}, 60_000);
afterAll(() => bed.close());

const text = (event: Event): boolean => event.type === 'message';
const status =
  (word: string) =>
  (event: Event): boolean =>
    event.type === 'status' && event.status === word;
const count = (matches: (event: Event) => boolean): number => bed.queued.filter(matches).length;

async function settled(holds: () => boolean): Promise<void> {
  const until = Date.now() + 40_000;
  while (!holds() && Date.now() < until) await bed.collect();
  expect(holds()).toBe(true);
}

/** A number of its own with a session of its own. */
async function linked(n: number): Promise<string> {
  const number = `55119888802${String(n).padStart(2, '0')}`;
  await bed.phones.createPerson({ number, name: number });
  const identity = await bed.createSession();
  await bed.command(identity, { type: 'session.start' });
  await bed.phones.scan(number, await bed.qr(identity));
  await bed.status(identity, 'open');
  return number;
}

/** Calls of the connector during `work`, by action and target, but for its heartbeats and polls. */
async function callsDuring(work: () => Promise<void>): Promise<ReadonlyMap<string, number>> {
  const before = bed.accessLog.accesses.length;
  await work();
  const calls = bed.accessLog.accesses.slice(before).filter(isOfMessages);
  return new Map([...Map.groupBy(calls, nameOf)].map(([name, { length }]) => [name, length]));
}

const isOfMessages = ({ accessKeyId, target, action }: Access): boolean =>
  accessKeyId === 'AKIACONNECTOR' && !['tasks', 'sessions'].includes(target) && !/Receive|Visibility/.test(action);
const nameOf = ({ action, target }: Access): string =>
  `${action.split(':')[1] ?? action} ${target.replace(/-\d+\.fifo$/, '')}`;

function report(what: string, calls: ReadonlyMap<string, number>): void {
  const each = [...calls].map(([name, times]) => `${name} ${(times / MESSAGES).toFixed(2)}`);
  process.stderr.write(`${what}, calls a message: ${each.join(', ')}\n`);
}

const of = (calls: ReadonlyMap<string, number>, pattern: RegExp): number =>
  [...calls].filter(([name]) => pattern.test(name)).reduce((sum, [, times]) => sum + times, 0) / MESSAGES;

describe('what a message costs on the healthy path', () => {
  it.each([
    ['one after the other', 1],
    ['ten at a time', 10],
  ])(
    'in, %s: one row, one ratchet step, one message on a queue, no read',
    async (name, atATime) => {
      const before = count(text);
      const calls = await callsDuring(async () => {
        for (let n = 0; n < MESSAGES; n += atATime) {
          const friends = FRIENDS.slice(0, atATime);
          await Promise.all(friends.map((friend, m) => bed.phones.write(friend, ME, `in ${name} ${n + m}`)));
        }
        await settled(() => count(text) - before === MESSAGES);
      });
      report(`in, ${name}`, calls);
      // Where this machine keeps a queue waiting for a quarter of a second, a mark is put and taken away beside the row.
      const rows = of(calls, /PutItem messages/) - of(calls, /DeleteItem messages/);
      expect(rows).toBeGreaterThanOrEqual(1);
      expect(rows).toBeLessThanOrEqual(1.1);
      expect(of(calls, /(Put|Update|Delete)Item authState/)).toBe(1);
      expect(of(calls, /GetItem|Query/)).toBeLessThanOrEqual(0.05);
      expect(of(calls, /SendMessage/)).toBeLessThanOrEqual(1);
    },
    60_000,
  );

  it('in, to many sessions at once: they share calls of SQS', async () => {
    const numbers = await Promise.all(Array.from({ length: SESSIONS }, (_, n) => linked(n)));
    const before = count(text);
    const total = SESSIONS * EACH;
    const calls = await callsDuring(async () => {
      for (let n = 0; n < EACH; n++) {
        await Promise.all(
          numbers.map((number, m) => bed.phones.write(FRIENDS[m % FRIENDS.length] ?? '', number, `many ${n}`)),
        );
      }
      await settled(() => count(text) - before === total);
    });
    const sends = (of(calls, /SendMessage/) * MESSAGES) / total;
    process.stderr.write(`in, to ${SESSIONS} sessions, calls of SQS a message: ${sends.toFixed(2)}\n`);
    expect(sends).toBeLessThan(0.9);
  }, 60_000);

  it('out: one row, one ratchet step, one deletion, and a queue message for each of its statuses', async () => {
    const before = count(status('read'));
    const calls = await callsDuring(async () => {
      for (let n = 0; n < MESSAGES; n++) {
        const friend = FRIENDS[n % FRIENDS.length] ?? '';
        const stanzaId = await bed.sendText(session, friend, `out ${n}`);
        await bed.phones.waitForMessage(friend, ({ id }) => id === stanzaId);
      }
      await settled(() => count(status('read')) - before === MESSAGES);
    });
    report('out', calls);
    expect(of(calls, /PutItem messages/)).toBe(1);
    // The contact's device and our own phone.
    expect(of(calls, /(Put|Update|Delete)Item authState/)).toBeLessThanOrEqual(2);
    expect(of(calls, /GetItem|Query/)).toBeLessThanOrEqual(0.05);
    expect(of(calls, /SendMessage/)).toBeLessThanOrEqual(3);
  }, 60_000);
});
