import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventIdSchema } from '#core/domain/ids.ts';
import { WebhookSecretSchema } from '#core/domain/webhook-secret.ts';
import { signatureHeaders } from '#core/domain/webhook-signature.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const BODY = JSON.stringify({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '1',
      changes: [
        {
          field: 'messages',
          value: {
            metadata: { phone_number_id: '100200300' },
            messages: [{ id: 'wamid.A', from: '5511987654321', type: 'text', text: { body: 'oi' } }],
          },
        },
      ],
    },
  ],
});

interface Started {
  readonly child: ChildProcess;
  /** Resolves with the first line, past or coming, that matches. */
  line(pattern: RegExp): Promise<string>;
  /** All lines so far that match. */
  lines(pattern: RegExp): readonly string[];
  type(words: string): void;
}

function startReceiver(args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, ['local/receiver/main.ts', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, LANG: 'C', LC_ALL: 'C', ...env },
  });
  const said: string[] = [];
  const waiting: { readonly pattern: RegExp; readonly found: (line: string) => void }[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line);
      for (const { pattern, found } of waiting) if (pattern.test(line)) found(line);
    });
  }
  return {
    child,
    line: (pattern) =>
      new Promise((resolve) => {
        const past = said.find((line) => pattern.test(line));
        if (past === undefined) waiting.push({ pattern, found: resolve });
        else resolve(past);
      }),
    lines: (pattern) => said.filter((line) => pattern.test(line)),
    type: (words) => child.stdin.write(`${words}\n`),
  };
}

describe('npm run receiver', () => {
  const running: ChildProcess[] = [];
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'pombo-receiver-'));
  });
  afterEach(async () => {
    for (const child of running.splice(0)) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (args: readonly string[], env?: NodeJS.ProcessEnv) => {
    const started = startReceiver(args, env);
    running.push(started.child);
    const url = /http:\S+\//.exec(await started.line(/http:\/\/127\.0\.0\.1:\d+\/ \(/))?.[0] ?? '';
    return { ...started, url };
  };
  const post = (url: string, options: { id?: number; secret?: string; body?: string } = {}): Promise<Response> => {
    const { id = 1, secret = SECRET, body = BODY } = options;
    const headers = signatureHeaders({
      secret: WebhookSecretSchema.parse(secret),
      eventId: EventIdSchema.parse(String(id).padStart(32, '0')),
      body,
      nowMs: Date.now(),
    });
    return fetch(url, { method: 'POST', body, headers: { ...headers } });
  };

  it('shows what arrives, whether both signatures are right, and which event came twice', async () => {
    const receiver = await start(['--port', '0', '--secret', SECRET]);
    expect((await post(receiver.url)).status).toBe(200);
    expect(await receiver.line(/message {2}100200300 ← 5511987654321 {2}oi/)).toContain('message');
    await receiver.line(/✓ X-Hub-Signature-256 {2}✓ Standard Webhooks {2}0{31}1 {2}→ 200$/);
    await post(receiver.url);
    await receiver.line(/→ 200 {2}duplicate$/);
    await post(receiver.url, { id: 2, secret: `whsec_${Buffer.alloc(32, 8).toString('base64')}` });
    await receiver.line(/✗ X-Hub-Signature-256 {2}✗ Standard Webhooks/);
    receiver.type('status');
    await receiver.line(/^ok; 3 webhooks, 2 events, 1 duplicates, 1 wrong signatures$/);
  });

  it('fails on command and shows the recovery', async () => {
    const receiver = await start(['--port', '0', '--secret', SECRET, '--fail', '500 x1']);
    expect((await post(receiver.url)).status).toBe(500);
    await receiver.line(/→ 500$/);
    await receiver.line(/tries again/);
    expect((await post(receiver.url)).status).toBe(200);
    await receiver.line(/→ 200 {2}attempt 2$/);
    await receiver.line(/Recovered.*attempt 2.*trace 0{31}1/);

    const behave = async (words: string) => {
      receiver.type(words);
      await receiver.line(new RegExp(`From now on: ${words}`));
    };
    await behave('retry-after 60 429');
    const limited = await post(receiver.url, { id: 3 });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '60']);
    await behave('abort');
    expect((await post(receiver.url, { id: 4 })).headers.get('webhook-delivery')).toBe('abort-message');
    await behave('reset');
    await expect(post(receiver.url, { id: 5 })).rejects.toThrow();
    await receiver.line(/→ no answer$/);
    receiver.type('nonsense');
    await receiver.line(/What is "nonsense"/);
    receiver.type('stop');
    await receiver.line(/Nobody listens/);
    await expect(post(receiver.url, { id: 6 })).rejects.toThrow();
    receiver.type('start');
    await receiver.line(/Listening.*\(reset\)/);
    await behave('ok');
    expect((await post(receiver.url, { id: 6 })).status).toBe(200);
  });

  it('answers the verification handshake with its challenge', async () => {
    const receiver = await start(['--port', '0', '--secret', SECRET, '--fail', '500']);
    const answer = await fetch(`${receiver.url}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=x`);
    expect([answer.status, await answer.text()]).toEqual([200, '1158201444']);
    await receiver.line(/handshake answered/);
  });

  it('speaks Portuguese where the terminal does', async () => {
    const receiver = await start(['--port', '0', '--secret', SECRET], { LC_ALL: 'pt_BR.UTF-8' });
    await receiver.line(/^Escutando em/);
    await post(receiver.url);
    await post(receiver.url);
    await receiver.line(/duplicado$/);
  });

  it('writes one line of JSON for each webhook when a script reads it', async () => {
    const receiver = await start(['--port', '0', '--secret', SECRET, '--json']);
    await post(receiver.url);
    expect(JSON.parse(await receiver.line(/^\{/))).toMatchObject({
      kind: 'message',
      chat: '5511987654321',
      messageId: 'wamid.A',
      signatures: { meta: true, standardWebhooks: true },
      attempt: 1,
      duplicate: false,
      answered: 200,
    });
  });

  it('says what to do when no Pombo runs', async () => {
    const started = startReceiver(['--port', '0', '--data', folder]);
    running.push(started.child);
    expect(await started.line(/No Pombo/)).toContain('npm start');
    if (started.child.exitCode === null) await once(started.child, 'exit');
    expect(started.child.exitCode).toBe(1);
  });

  describe('beside a Pombo', () => {
    const calls: string[] = [];
    let api: Server;
    beforeEach(async () => {
      calls.length = 0;
      api = createServer((request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        request.on('end', () => {
          calls.push(`${request.method} ${request.url} ${body}`);
          response.end(JSON.stringify({ id: 'wh_1', secret: SECRET }));
        });
      });
      api.listen(0, '127.0.0.1');
      await once(api, 'listening');
      const run = { api: `http://127.0.0.1:${(api.address() as AddressInfo).port}`, apiKey: 'key' };
      await writeFile(path.join(folder, 'run.json'), JSON.stringify(run));
    });
    afterEach(() => api.close());

    it('subscribes itself, keeps the secret for itself, and takes the subscription back where the port was any', async () => {
      const receiver = await start(['--port', '0', '--data', folder, '--events', 'queue,sessions']);
      expect(calls).toEqual([
        `POST /webhooks ${JSON.stringify({ events: ['queue', 'sessions'], session: null, url: receiver.url, name: 'npm run receiver' })}`,
      ]);
      const file = path.join(folder, 'receiver-0.json');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ secret: SECRET });
      await post(receiver.url);
      await receiver.line(/✓ X-Hub-Signature-256/);
      receiver.type('quit');
      await once(receiver.child, 'exit');
      expect(calls.at(-1)).toBe('DELETE /webhooks/wh_1 ');
    });

    it('takes up the subscription of its last run on the same port', async () => {
      const first = await start(['--port', '0', '--secret', SECRET]);
      const port = new URL(first.url).port;
      first.type('quit');
      await once(first.child, 'exit');
      const second = await start(['--port', port, '--data', folder]);
      second.child.kill('SIGINT');
      await once(second.child, 'exit');
      const third = await start(['--port', port, '--data', folder, '--events', 'queue']);
      await third.line(/as last time/);
      expect(calls.map((call) => call.split(' {')[0])).toEqual(['POST /webhooks', 'PATCH /webhooks/wh_1']);
    });
  });
});
