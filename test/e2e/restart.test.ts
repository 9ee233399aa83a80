import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../local/receiver/receiver.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { isMessage, isStatus, linkSession, sendText, subscribe } from '../support/journey.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo, until } from '../support/pombo.ts';

const SESSION = '100200300';
const OWN = '5511911112222';
const PERSON = '5511987654321';

describe('a restart with the same data folder', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: Receiver;
  let data: string;

  beforeEach(async () => {
    data = await newDataFolder();
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    receiver = await startReceiver({ port: 0, now: Date.now });
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
    await subscribe(pombo, receiver);
  }, 90_000);

  afterEach(async () => {
    await pombo.stop();
    await receiver.close();
    await removeDataFolder(data);
  }, 60_000);

  it('reconnects sessions after Ctrl-C and keeps the key', async () => {
    const key = pombo.apiKey;
    expect(await pombo.stop()).toBe(0);
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    expect(pombo.apiKey).toBe(key);
    await until(pombo, `/sessions/${SESSION}`, (body) => at(body, 'status') === 'open');
    await phones.write(PERSON, OWN, 'depois do reinício');
    await receiver.waitFor(isMessage('depois do reinício'));
    const wamid = await sendText(pombo, SESSION, PERSON, 'estou de volta');
    await receiver.waitFor(isStatus(wamid, 'delivered'));
  }, 90_000);

  it('sends every accepted text once and delivers undelivered events after kill -9', async () => {
    receiver.answerWith(503);
    await phones.write(PERSON, OWN, 'ninguém ouviu');
    await receiver.waitFor(isMessage('ninguém ouviu'));
    const texts = Array.from({ length: 10 }, (_, i) => `na fila ${i}`);
    const wamids = await Promise.all(texts.map((text) => sendText(pombo, SESSION, PERSON, text)));
    await pombo.kill();
    receiver.answerWith(200);
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    for (const wamid of wamids) await receiver.waitFor(isStatus(wamid, 'sent'), 60_000);
    for (const text of texts) await phones.waitForMessage(PERSON, (message) => message.text === text);
    const shown = await phones.messages(PERSON);
    for (const text of texts) expect(shown.filter((message) => message.text === text)).toHaveLength(1);
    await receiver.waitFor((arrival) => isMessage('ninguém ouviu')(arrival) && arrival.answered === 200, 90_000);
  }, 180_000);
});
