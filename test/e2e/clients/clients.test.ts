import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../../local/receiver/receiver.ts';
import { SandboxClient } from '../../../sandbox/control-client.ts';
import { linkSession, subscribe } from '../../support/journey.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo } from '../../support/pombo.ts';
import { type ClientReceiver, startClientReceiver } from './client-receiver.ts';
import type { ClientUnderTest } from './client-under-test.ts';
import { FAILING_METHODS } from './failing-methods.ts';
import { greatDetail } from './great-detail/great-detail.ts';
import { INBOUND_KINDS } from './inbound-kinds.ts';
import { kapso } from './kapso/kapso.ts';
import { TEMPLATE } from './whatsapp-api-js/client.ts';
import { whatsappApiJs } from './whatsapp-api-js/whatsapp-api-js.ts';
import { type FileServer, makeWorld, serveFiles, type World } from './world.ts';

const CLIENTS: readonly ClientUnderTest[] = [kapso, whatsappApiJs, greatDetail];
const SESSION = { id: '100200300', number: '5511911112222' };
/** One each: a number may not write to one person as often as all clients together do. */
const PEOPLE = ['5511987650001', '5511987650002', '5511987650003'];

let pombo: Pombo;
let phones: SandboxClient;
let witness: Receiver;
let files: FileServer;
let data: string;
const worlds = new Map<string, World>();

const worldOf = ({ name }: ClientUnderTest): World => {
  const world = worlds.get(name);
  if (!world) throw new Error(`${name} has no world.`);
  return world;
};

/** Points webhooks to a client's receiver: by the client's own method, or as the README tells. */
async function subscribed(client: ClientUnderTest, world: World): Promise<string> {
  if (client.subscribe) return client.subscribe(world);
  const { url, verifyToken } = world.receiver;
  const events = ['messages', 'statuses'];
  const asked = { url, events, verify: true, verify_token: verifyToken };
  return String(at((await pombo.call('POST', '/webhooks', asked)).body, 'secret'));
}

beforeAll(async () => {
  data = await newDataFolder();
  pombo = await startPombo({ data });
  phones = new SandboxClient(pombo.sandbox);
  witness = await startReceiver({ port: 0, now: Date.now });
  files = await serveFiles();
  await linkSession(pombo, phones, { session: SESSION.id, phone: SESSION.number });
  await subscribe(pombo, witness);
  const accountId = String(at((await pombo.call('GET', '/me')).body, 'id'));
  for (const [index, client] of CLIENTS.entries()) {
    const { number } = await phones.createPerson({ number: PEOPLE[index] ?? '', name: client.name.slice(0, 25) });
    const receiver: ClientReceiver = await startClientReceiver(client.name, client.ears);
    const world = makeWorld({ pombo, phones, witness, receiver, files, session: SESSION, accountId, person: number });
    worlds.set(client.name, world);
    receiver.secret = await subscribed(client, world);
  }
  const components = [{ type: 'BODY', text: 'Olá, {{1}}! Seu pedido saiu.', example: { body_text: [['Ana']] } }];
  const template = { name: TEMPLATE, language: 'pt_BR', category: 'UTILITY', components };
  await pombo.call('POST', `/${accountId}/message_templates`, template);
}, 120_000);

afterAll(async () => {
  expect(await pombo.stop()).toBe(0);
  for (const { receiver } of worlds.values()) await receiver.close();
  await witness.close();
  await files.close();
  await removeDataFolder(data);
}, 60_000);

describe.each(CLIENTS)('$name', (client) => {
  const failing = FAILING_METHODS.filter((each) => each.client === client.name);
  const reasonOf = (method: string) => failing.find(({ methods }) => methods.includes(method));

  it('has no method that is not tried', () => {
    const isElsewhere = (method: string): boolean =>
      client.elsewhere.some((name) => method === name || method.startsWith(`${name}.`));
    const offered = client.offered().filter((method) => !isElsewhere(method));
    expect(Object.keys(client.attempts).toSorted()).toEqual(offered.toSorted());
    for (const { methods } of failing) expect(offered).toEqual(expect.arrayContaining([...methods]));
  });

  it.each(Object.entries(client.attempts).filter(([method]) => !reasonOf(method)))('%s', async (_, attempt) => {
    await attempt(worldOf(client));
  });

  it.each(Object.entries(client.attempts).filter(([method]) => reasonOf(method)))(
    '%s fails, for the reason that is written down',
    async (method, attempt) => {
      await expect(attempt(worldOf(client))).rejects.toThrow(reasonOf(method)?.says);
    },
  );
});

describe('what a person does arrives at all clients:', () => {
  const [person = ''] = PEOPLE;
  it.each(INBOUND_KINDS)('$name', async ({ type, draft, words }) => {
    const earlier = await phones.write(person, SESSION.number, `antes de ${type}`);
    const before = new Set((await phones.messages(person)).map(({ id }) => id));
    const written = await phones.send(person, { to: SESSION.number, ...draft(earlier.id) });
    expect(before).not.toContain(written.id);
    for (const client of CLIENTS) {
      const says = (message: object): boolean => words.every((word) => JSON.stringify(message).includes(word));
      const { messages } = await worldOf(client).receiver.waitFor((heard) =>
        heard.messages.some((message) => message.type === type && says(message)),
      );
      expect(messages).toHaveLength(1);
    }
  });

  it('and no client refuses anything else', () => {
    for (const client of CLIENTS) expect(worldOf(client).receiver.refusals).toEqual([]);
  });
});
