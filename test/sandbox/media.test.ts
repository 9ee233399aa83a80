import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';

const CLIENT = new URL('./support/media-client-process.ts', import.meta.url);

describe('media', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());

  it('go both ways over the HTTPS host, encrypted, and uploads fail when told to', async () => {
    const child = fork(CLIENT, [sandbox.whatsappUrl, sandbox.controlUrl, '5511911112222', '5511987654321'], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: sandbox.caCertificateFile },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [result] = (await once(child, 'message')) as [unknown];
    expect(result).toEqual({
      isUploadIntact: true,
      shown: { kind: 'document', fileName: 'pombo.txt' },
      downloaded: 'not really a picture',
      caption: 'olha',
      failed: 'Media upload failed on all hosts',
    });
    child.kill();
  });
});
