import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { createTables } from '../../../local/dynamodb/create-tables.ts';
import { EVENTS_TABLE, startFixture } from './dynamo-fixture.ts';

const TableName = 'events';
const key = (pk: string) => ({ pk: { S: pk }, sk: { S: '1' } });
/** As many as a client has sockets for, three times: more than there are to the backend. */
const CALLERS = 50;
const ROUNDS = 3;

it('callers that are gone before their answer begins, as those that are killed, take no socket with them', async () => {
  let arrived = Promise.withResolvers<void>();
  let gone = Promise.withResolvers<void>();
  let count = 0;
  const fixture = await startFixture(new VirtualClock(Date.UTC(2026, 10, 20)), {
    async beforeCall(action) {
      if (action !== 'PutItem') return undefined;
      if (++count % CALLERS === 0) arrived.resolve();
      await gone.promise;
      return undefined;
    },
  });
  const { client, service, defects } = fixture;
  await createTables(service, [{ name: TableName, properties: EVENTS_TABLE }]);
  const get = (pk: string) => client.send(new GetItemCommand({ TableName, Key: key(pk), ConsistentRead: true }));
  for (let round = 0; round < ROUNDS; round++) {
    arrived = Promise.withResolvers();
    gone = Promise.withResolvers();
    const caller = new AbortController();
    const put = (index: number) => new PutItemCommand({ TableName, Item: key(`${round} ${index}`) });
    const calls = Array.from({ length: CALLERS }, (_, n) => client.send(put(n), { abortSignal: caller.signal }));
    await arrived.promise;
    caller.abort();
    await Promise.allSettled(calls);
    // By the answer to a later call the server has heard that those before have hung up.
    await get('barrier');
    gone.resolve();
    for (let index = 0; index < CALLERS; index++) while (!(await get(`${round} ${index}`)).Item);
  }
  expect(defects).toEqual([]);
  await fixture.close();
}, 20_000);
