import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Env } from '#core/resource-names.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';
import { type LittleProxy, startHttpProxy, startSocksProxy } from './little-proxy.ts';

const ME = '5511988880111';
const FRIEND = '5511988880112';
/** Nobody listens there, so that whoever dials WhatsApp directly fails. */
const NOWHERE = 'ws://127.0.0.1:1/ws/chat';

let bed: Bed;
let connector: ConnectorProcess;
let http: LittleProxy;
let socks: LittleProxy;
let session: Identity;

const choose = async (proxy: string | undefined): Promise<void> => {
  const { sessionId } = session;
  await bed.tables.send(
    new UpdateCommand({
      TableName: 'sessions',
      Key: { sessionId },
      UpdateExpression: proxy === undefined ? 'REMOVE #proxy' : 'SET #proxy = :proxy',
      ExpressionAttributeNames: { '#proxy': 'proxy' },
      ...(proxy !== undefined && { ExpressionAttributeValues: { ':proxy': proxy } }),
    }),
  );
};

const environment = (): Record<string, string> => ({
  [Env.whatsappUrl]: NOWHERE,
  [Env.proxies]: JSON.stringify([
    { name: 'recife', protocol: 'http', host: '127.0.0.1', port: http.port },
    { name: 'manaus-2', protocol: 'socks5', host: '127.0.0.1', port: socks.port },
    { name: 'unknown-to-it', protocol: 'http', host: '127.0.0.1', port: http.port },
  ]),
  [`${Env.proxyCredentialsPrefix}RECIFE`]: 'ana:se:gre@do',
  [`${Env.proxyCredentialsPrefix}MANAUS_2`]: 'bia:outro',
});

beforeAll(async () => {
  bed = await startBed();
  const { hostname: host, port } = new URL(bed.sandbox.whatsappUrl);
  const target = { host, port: Number(port) };
  http = await startHttpProxy({ target, credentials: 'ana:se:gre@do' });
  socks = await startSocksProxy({ target, credentials: 'bia:outro' });
  await bed.phones.createPerson({ number: ME });
  await bed.phones.createPerson({ number: FRIEND });
  connector = await bed.startConnector({ env: environment() });
  session = await bed.createSession();
  await choose('recife');
}, 40_000);
afterAll(async () => {
  await bed.close();
  await Promise.all([http.close(), socks.close()]);
});

describe('a session with a proxy', () => {
  it('pairs and sends through it, with its credentials, and dials nobody else', async () => {
    await bed.command(session, { type: 'session.start' });
    await bed.phones.scan(ME, await bed.qr(session));
    await bed.status(session, 'open');
    const stanzaId = await bed.sendText(session, FRIEND, 'pelo proxy');
    await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId);
    expect(new Set(http.asked)).toEqual(new Set(['127.0.0.1:1']));
    expect(new Set(http.clients)).toEqual(new Set(['ana:se:gre@do']));
    expect(socks.asked).toEqual([]);
    expect(connector.log).not.toContain('se:gre@do');
  }, 30_000);

  it('goes over to another one when its owner says so', async () => {
    const before = http.asked.length;
    await choose('manaus-2');
    await bed.command(session, { type: 'session.reconnect' });
    while (socks.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await bed.status(session, 'open');
    expect(socks).toMatchObject({ asked: ['127.0.0.1:1'], clients: ['bia:outro'] });
    expect(http.asked).toHaveLength(before);
    const stanzaId = await bed.sendText(session, FRIEND, 'por outro proxy');
    await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId);
  }, 30_000);

  it('says so when the proxy does not want its credentials, and tries again', async () => {
    await choose('unknown-to-it');
    await bed.command(session, { type: 'session.reconnect' });
    await connector.says('"reason":"proxy_refused"');
    await bed.status(session, 'reconnecting', 'proxy_refused');
    expect(http.clients.at(-1)).toBe('');
  }, 30_000);

  it('stops with a reason, and connects nowhere, when its proxy is not deployed any more', async () => {
    await choose('gone');
    const before = http.asked.length + socks.asked.length;
    await connector.kill('SIGKILL');
    connector = await bed.startConnector({ env: { ...environment(), [Env.whatsappUrl]: bed.sandbox.whatsappUrl } });
    await bed.status(session, 'stopped', 'proxy_missing');
    expect(http.asked.length + socks.asked.length).toBe(before);
    expect(await bed.phones.person(ME)).toMatchObject({ linkedDevices: [{ isConnected: false }] });
  }, 30_000);

  it('connects directly once it has none', async () => {
    await choose(undefined);
    await bed.command(session, { type: 'session.start' });
    await bed.status(session, 'open');
  }, 30_000);
});
