import { EventEmitter } from 'node:events';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { stands } from '../../../connector/whatsapp/session-record.ts';
import { SessionRenewals } from '../../../connector/whatsapp/session-renewals.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const node = (tag: string, attrs: BinaryNode['attrs']): BinaryNode => ({ tag, attrs });

function bed() {
  const clock = new VirtualClock(0);
  // A phone number and the LID of the same person.
  const users = new Map([['551', '900']]);
  const renewals = new SessionRenewals({
    clock,
    async deviceOf(jid) {
      const [, user = '', device = '0'] = /^(\d+):?(\d+)?@/.exec(jid) ?? [];
      return `${users.get(user) ?? user}:${device}`;
    },
  });
  const stanzas = new EventEmitter();
  renewals.listenTo(stanzas);
  return { clock, renewals, stanzas };
}

describe('SessionRenewals', () => {
  it('wants new sessions with nobody who has not asked', async () => {
    const { renewals } = bed();
    expect(await renewals.wants('551@s.whatsapp.net')).toBe(false);
  });

  it.each(['CB:receipt,type:retry', 'CB:notification,type:encrypt'])(
    'hears who asks by %s, for a minute',
    async (name) => {
      const { clock, renewals, stanzas } = bed();
      stanzas.emit(name, node('receipt', { id: '1', from: '551:3@s.whatsapp.net' }));
      expect(await renewals.wants('900@lid')).toBe(true);
      expect(await renewals.wants('900:7@lid')).toBe(true);
      expect(await renewals.wants('901@lid')).toBe(false);
      await clock.advance(60_000);
      expect(await renewals.wants('900@lid')).toBe(false);
    },
  );

  it('leaves a session alone that is younger than a minute, however often is asked', async () => {
    const { clock, renewals, stanzas } = bed();
    const ask = (): boolean =>
      stanzas.emit('CB:receipt,type:retry', node('receipt', { id: '1', from: '551:3@s.whatsapp.net' }));
    ask();
    await renewals.made('900:3@lid');
    expect(await renewals.wants('551:3@s.whatsapp.net')).toBe(false);
    expect(await renewals.wants('900:4@lid')).toBe(true);
    await clock.advance(59_000);
    ask();
    expect(await renewals.wants('900:3@lid')).toBe(false);
    await clock.advance(1_000);
    expect(await renewals.wants('900:3@lid')).toBe(true);
  });

  it('hears which member of a group asks', async () => {
    const { renewals, stanzas } = bed();
    stanzas.emit('CB:receipt,type:retry', node('receipt', { id: '1', from: '1@g.us', participant: '902:1@lid' }));
    expect(await renewals.wants('902@lid')).toBe(true);
  });
});

describe('stands', () => {
  const identityKey = Buffer.from('identity');
  const entry = (closed: number, registrationId = 7, key = identityKey) => ({
    registrationId,
    indexInfo: { closed, remoteIdentityKey: key.toString('base64') },
  });
  const record = (...entries: readonly object[]) => ({ _sessions: Object.fromEntries(entries.entries()) });

  it.each([
    ['an open session with this device', record(entry(5), entry(-1)), true],
    ['only closed ones', record(entry(5)), false],
    ['one with the device before it was installed anew', record(entry(-1, 8)), false],
    ['one with another identity', record(entry(-1, 7, Buffer.from('other'))), false],
    ['no record', undefined, false],
  ])('says of %s', (_what, given, expected) => {
    expect(stands(given, { identityKey, registrationId: 7 })).toBe(expected);
  });
});
