import { expect, it } from 'vitest';
import { makeDurableSignal } from '../../../connector/whatsapp/signal-repository.ts';
import { memoryTable } from '../auth-state/memory-table.ts';
import { SignalParty } from './signal-party.ts';

const never = async () => undefined;

/** One of our numbers: nothing of it is told to anybody. */
function makeRepository() {
  const { makeSignalRepository } = makeDurableSignal({
    journal: { put: never, find: never, committed: never, undecryptable: never },
    silence: { silent: false, lifted: () => Promise.resolve() },
    read: () => Promise.reject(new Error('no stanzas here')),
    deviceOf: (jid) => Promise.resolve(jid),
    renewals: { made: never, wants: () => Promise.resolve(false) },
  });
  return makeSignalRepository;
}

it('reads what a person wrote to one number while another number can not write what the same person wrote to it', async () => {
  const { table, rows } = memoryTable();
  let isStuck = false;
  const sick = {
    ...table,
    put: (...row: Parameters<typeof table.put>) => (isStuck ? new Promise<void>(() => {}) : table.put(...row)),
  };
  const person = await SignalParty.make('551190000001@s.whatsapp.net');
  const stuck = await SignalParty.make('551180000001@s.whatsapp.net', { table: sick, rows }, makeRepository());
  const sound = await SignalParty.make('551180000002@s.whatsapp.net', {}, makeRepository());
  await person.begin(stuck);
  await person.begin(sound);
  const [first, second] = [await person.encrypt(stuck, 'um'), await person.encrypt(sound, 'dois')];
  isStuck = true;
  void stuck.decrypt(person, first);
  expect(await sound.decrypt(person, second)).toBe('dois');
  // The other way round too.
  expect(await sound.write(person, 'resposta')).toBe('resposta');
});
