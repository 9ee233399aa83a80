import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent } from '#core/contracts/event.ts';
import { Metric } from '#core/observability/metrics.ts';
import { Env } from '#core/resource-names.ts';
import { type Bed, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';
import { startRelay } from './half-open-relay.ts';

const ME = '5511988880131';
const FRIEND = '5511988880132';
/** The figure; Baileys alone needs 65 to 95 s (whatsapp.md 4.2). */
const NOTICED_WITHIN_MS = 60_000;

let bed: Bed;
let relay: Awaited<ReturnType<typeof startRelay>>;
let connector: ConnectorProcess;

beforeAll(async () => {
  bed = await startBed();
  const url = new URL(bed.sandbox.whatsappUrl);
  relay = await startRelay({ host: url.hostname, port: Number(url.port) });
  url.port = String(relay.port);
  for (const number of [ME, FRIEND]) await bed.phones.createPerson({ number });
  connector = await bed.startConnector({ env: { [Env.whatsappUrl]: url.href } });
}, 40_000);
afterAll(async () => {
  // The server would wait for the line that only the relay still holds.
  await relay.close();
  await bed.close();
});

describe('a line whose other side is gone without a word', () => {
  it('is noticed within a minute; what was sent into it and what waits behind it arrive once', async () => {
    const session = await bed.createSession();
    await bed.command(session, { type: 'session.start' });
    await bed.phones.scan(ME, await bed.qr(session));
    await bed.status(session, 'open');
    expect(relay.goHalfOpen()).toBe(1);
    const cutMs = Date.now();
    const stanzaId = await bed.sendText(session, FRIEND, 'para o vazio');
    await bed.phones.write(FRIEND, ME, 'do outro lado');
    const heard = (event: Event): event is MessageEvent => event.type === 'message';
    await bed.event(heard, NOTICED_WITHIN_MS);
    expect(Date.now() - cutMs).toBeLessThan(NOTICED_WITHIN_MS);
    await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId);
    expect(connector.log).toContain('"cause":"deaf"');
    expect(connector.log).toContain('"reason":"connection_deaf"');
    expect(await bed.phones.messages(FRIEND, { from: ME })).toHaveLength(1);
    expect(await connector.kill('SIGTERM')).toBe(0);
    expect(connector.log).toMatch(new RegExp(`"${Metric.connectionDeaf}":1`));
    expect(connector.log).toMatch(new RegExp(`"${Metric.sessionReconnected}":1`));
  }, 90_000);
});
