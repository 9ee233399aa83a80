import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusEvent } from '#core/contracts/event.ts';
import { bundle } from '../../bin/bundle.ts';
import { type Bed, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';

const ME = '5511988880031';
const FRIEND = '5511988880032';

let bed: Bed;
let folder: string;
let connector: ConnectorProcess;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pombo-bundle-'));
  await bundle({ outdir: folder });
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
});
afterAll(async () => {
  await bed.close();
  await rm(folder, { recursive: true });
});

describe('the bundle of the image', () => {
  it('pairs and sends where no node_modules can be found', async () => {
    connector = await bed.startConnector({ main: path.join(folder, 'connector/main.mjs') });
    const session = await bed.createSession();
    await bed.command(session, { type: 'session.start' });
    await bed.phones.scan(ME, await bed.qr(session));
    await bed.sendTextWhenOpen(session, FRIEND, 'Do pacote');
    await bed.event((event): event is StatusEvent => event.type === 'status' && event.status === 'delivered');
  });

  it('is healthy by its own check while it runs, and not half a minute after its end', async () => {
    const check = () =>
      spawnSync(process.execPath, [path.join(folder, 'connector/healthcheck.mjs')], { env: {} }).status;
    expect(check()).toBe(0);
    expect(await connector.kill('SIGTERM')).toBe(0);
  });
});
