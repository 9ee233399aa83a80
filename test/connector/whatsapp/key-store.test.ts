import '../../../connector/silence-console.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { SignalParty } from './signal-party.ts';

/** DynamoDB bills writes in units of 1 KB. */
const WRITE_UNIT = 1024;
const GROUP = '1203630000000000@g.us';

let me: SignalParty;
let friend: SignalParty;

beforeEach(async () => {
  me = await SignalParty.make('99000000000001@lid');
  friend = await SignalParty.make('99000000000002@lid');
  await me.begin(friend);
});

describe('session records in the ledger', () => {
  it('stay below one write unit through forty sessions that follow each other', async () => {
    for (let n = 0; n < 40; n++) {
      await me.begin(friend);
      expect(await me.write(friend, `out ${n}`)).toBe(`out ${n}`);
      if (n % 3 === 0) expect(await friend.write(me, `in ${n}`)).toBe(`in ${n}`);
      expect(me.largestRow('session')).toBeLessThan(WRITE_UNIT);
      expect(friend.largestRow('session')).toBeLessThan(WRITE_UNIT);
    }
    await me.restart();
    expect(await friend.write(me, 'still')).toBe('still');
  });

  it('stay below one write unit through a hundred turns of a conversation', async () => {
    for (let n = 0; n < 100; n++) {
      await me.write(friend, 'ping');
      await friend.write(me, 'pong');
    }
    expect(me.largestRow('session')).toBeLessThan(WRITE_UNIT / 2);
    expect(await me.openSessionOf(friend)).toBe(true);
  });

  it('decrypt what was under way when the session was replaced, after a restart too', async () => {
    await me.write(friend, 'hello');
    await friend.write(me, 'hello');
    const late = [
      await friend.encrypt(me, 'late 1'),
      await friend.encrypt(me, 'late 2'),
      await friend.encrypt(me, 'late 3'),
    ];
    await me.begin(friend);
    expect(late[0] && (await me.decrypt(friend, late[0]))).toBe('late 1');
    await me.restart();
    // They were overtaken too.
    expect(late[2] && (await me.decrypt(friend, late[2]))).toBe('late 3');
    await me.restart();
    expect(late[1] && (await me.decrypt(friend, late[1]))).toBe('late 2');
  });

  it('decrypt with the session that the contact knows, however often it was replaced without a word from it', async () => {
    await me.write(friend, 'hello');
    await friend.write(me, 'hello');
    const late = await friend.encrypt(me, 'written offline');
    for (let n = 0; n < 10; n++) {
      await me.begin(friend);
      await me.encrypt(friend, 'to a phone that is off');
    }
    expect(await me.decrypt(friend, late)).toBe('written offline');
    expect(me.largestRow('session')).toBeLessThan(WRITE_UNIT);
  });

  it('decrypt messages of a turn that were overtaken by the next one', async () => {
    await me.write(friend, 'hello');
    const late = await friend.encrypt(me, 'turn 1, late');
    await friend.write(me, 'turn 1');
    await me.write(friend, 'turn 2');
    await friend.write(me, 'turn 3');
    await me.restart();
    expect(await me.decrypt(friend, late)).toBe('turn 1, late');
  });
});

describe('sender keys in the ledger', () => {
  it('decrypt messages of a group in any order, after a restart too', async () => {
    const messages: Uint8Array[] = [];
    for (let n = 0; n < 6; n++) {
      const { ciphertext, senderKeyDistributionMessage } = await friend.encryptForGroup(GROUP, `message ${n}`);
      if (n === 0) await me.acceptSenderKey(friend, GROUP, senderKeyDistributionMessage);
      messages.push(ciphertext);
    }
    for (const n of [3, 5, 0, 4, 1, 2]) {
      await me.restart();
      expect(await me.decryptFromGroup(friend, GROUP, messages[n] ?? Buffer.alloc(0))).toBe(`message ${n}`);
    }
    expect(me.largestRow('sender-key')).toBeLessThan(WRITE_UNIT);
  });
});
