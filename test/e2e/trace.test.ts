import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Arrival, type Receiver, startReceiver } from '../../local/receiver/receiver.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { change, isMessage, isStatus, linkSession, sendText, subscribe } from '../support/journey.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo } from '../support/pombo.ts';

const SESSION = '100200300';
const OWN = '5511911112222';
const PERSON = '5511987654321';

/** `npm run pombo -- …` as an operator runs it. */
async function run(...args: readonly string[]) {
  const child = spawn(process.execPath, ['bin/pombo-cli.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  return { code: child.exitCode, out, errors };
}

const eventIdOf = ({ headers }: Arrival): string => String(headers['webhook-id']);

describe('npm run pombo -- trace', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: Receiver;
  let data: string;
  beforeAll(async () => {
    data = await newDataFolder();
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    receiver = await startReceiver({ port: 0, now: Date.now });
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
    await subscribe(pombo, receiver);
  }, 90_000);
  afterAll(async () => {
    await pombo.stop();
    await receiver.close();
    await removeDataFolder(data);
  }, 60_000);

  let wamid: string;

  it('shows the way of a message that we sent, from the request to its last webhook', async () => {
    wamid = await sendText(pombo, SESSION, PERSON, 'rastreada');
    const sent = await receiver.waitFor(isStatus(wamid, 'sent'));
    await receiver.waitFor(isStatus(wamid, 'delivered'));
    const { code, out, errors } = await run('trace', wamid, '--data', data);
    expect([code, errors]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines[0]).toBe(`Message ${wamid}`);
    expect(lines[1]).toMatch(new RegExp(`^sent by us · session ${SESSION} · account \\d{18}$`));
    const lineOf = (stage: string): number => lines.findIndex((line) => line.includes(`  ${stage}`));
    // The client's answer and the connector's work go side by side.
    for (const stage of ['accepted', 'queued', 'taken by the connector']) {
      expect(lineOf(stage)).toBeGreaterThan(1);
      expect(lineOf(stage)).toBeLessThan(lineOf('sent, WhatsApp has acknowledged it'));
    }
    expect(out).toMatch(/webhook attempted: delivered {2}.*endpointId=wh_/);
    for (const status of ['sent', 'delivered']) expect(out).toMatch(new RegExp(`^${status} {2}[0-9a-f]{32} {2}2`, 'm'));
    expect(out).toMatch(
      new RegExp(`^${eventIdPattern(sent)}\\n {2}→ wh_[0-9a-f]{24} {2}${receiver.url} {2}delivered, 1 attempt$`, 'm'),
    );
    expect(out).toMatch(/^ {6}2\S+ \S+ {2}200 in \d+ ms$/m);
    expect(out).not.toContain('rastreada');
  });

  it('shows the way of a message that came in, by its wamid and by its webhook-id', async () => {
    await phones.write(PERSON, OWN, 'resposta');
    const arrival = await receiver.waitFor(isMessage('resposta'));
    const inbound = String(at(change(arrival), 'messages', 0, 'id'));
    for (const id of [inbound, eventIdOf(arrival)]) {
      const { code, out } = await run('trace', id, '--data', data);
      expect(code).toBe(0);
      expect(out).toMatch(/ {2}received, event published/);
      expect(out).toMatch(/^message {2}[0-9a-f]{32}/m);
      expect(out).toMatch(/delivered, 1 attempt$/m);
      expect(out).not.toContain('resposta');
    }
  });

  it('counts dead letters and says how to get on', async () => {
    const { code, out } = await run('dead-letters', 'list', '--data', data);
    expect(code).toBe(0);
    for (const queue of ['events', 'bulk', 'outbound']) expect(out).toMatch(new RegExp(`^${queue} +0 `, 'm'));
    expect(out).toContain('POST /replays');
    expect((await run('dead-letters', 'redrive', 'events', '--data', data)).out).toBe('Nothing waits in events.\n');
    expect((await run('dead-letters', 'show', 'bulk', '--data', data)).out).toBe('It is empty.\n');
  });

  it('says what is wrong with what it was asked', async () => {
    expect(await run('trace', 'nonsense', '--data', data)).toMatchObject({ code: 1, out: '' });
    const unknown = await run('trace', 'f'.repeat(32), '--data', data);
    expect([unknown.code, unknown.errors]).toEqual([1, expect.stringContaining('Nothing is known of')]);
    expect((await run('help')).out).toContain('trace <wamid or event id>');
  });

  it('still shows the logs after Pombo was stopped', async () => {
    await pombo.stop();
    const { code, out } = await run('trace', wamid, '--data', data);
    expect(code).toBe(0);
    expect(out).toContain('sent, WhatsApp has acknowledged it');
    expect(out).toContain('Pombo does not run');
  }, 60_000);
});

const eventIdPattern = (arrival: Arrival): string => `\\w+ {2}${eventIdOf(arrival)} {2}[^\\n]*`;
