import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { systemClock } from '#core/domain/clock.ts';
import { chatHashOf } from '#core/domain/shard.ts';
import { OPERATOR_ACCESS_KEY } from '../../local/iam/iam.ts';
import { Operator, outboundQueueOf } from '../../local/operator.ts';
import { prepareAssembly } from '../../local/prepare-assembly.ts';
import { type Runner, startRunner } from '../../local/runner.ts';
import { type SandboxProcess, startSandboxProcess } from '../../local/sandbox-process.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { ScriptedReceiver } from '../../test/chaos/scripted-receiver.ts';
import { textCommandOf } from '../text-command.ts';
import { type AwsUsage, hooksOf } from './aws-usage.ts';

/** A linked number and a person who writes with it. */
export interface Pair {
  readonly session: string;
  readonly number: string;
  readonly person: string;
}

const LOOK_MS = 50;
/** What a receiver needs to answer, milliseconds. */
export const ANSWERS_AFTER_MS = 250;
const PATH = 'costs';

/** The whole stack as `npm start` runs it, with linked numbers and one webhook, and every request to AWS counted. */
export class TextWorld {
  readonly pairs: Pair[] = [];
  readonly phones: SandboxClient;
  readonly receiver: ScriptedReceiver;
  readonly #runner: Runner;
  readonly #sandbox: SandboxProcess;
  readonly #folder: string;
  readonly #apiKey: string;

  private constructor(parts: {
    runner: Runner;
    sandbox: SandboxProcess;
    folder: string;
    apiKey: string;
    receiver: ScriptedReceiver;
  }) {
    this.#runner = parts.runner;
    this.#sandbox = parts.sandbox;
    this.#folder = parts.folder;
    this.#apiKey = parts.apiKey;
    this.receiver = parts.receiver;
    this.phones = new SandboxClient(parts.sandbox.controlUrl);
  }

  static async start(usages: readonly AwsUsage[], numbers: number): Promise<TextWorld> {
    const folder = mkdtempSync(path.join(tmpdir(), 'pombo-costs-'));
    const cdkOut = path.join(folder, 'cdk.out');
    await prepareAssembly({ outdir: cdkOut, config: { privateTargets: ['127.0.0.0/8'] }, onWork: () => {} });
    const sandbox = await startSandboxProcess(path.join(folder, 'sandbox'), () => {});
    const runner = await startRunner({
      cdkOut,
      dataFolder: path.join(folder, 'data'),
      apiPort: 0,
      clock: systemClock,
      log: () => {},
      ...hooksOf(...usages),
      whatsapp: { url: sandbox.whatsappUrl, caCertificateFile: sandbox.caCertificateFile },
    });
    for (const usage of usages) usage.watch(runner);
    const operator = new Operator(runner);
    const apiKey = await operator.ensureApiKey(undefined);
    operator.close();
    const receiver = await ScriptedReceiver.start(systemClock);
    receiver.behave(PATH, () => ({ status: 200, delayMs: ANSWERS_AFTER_MS }));
    const world = new TextWorld({ runner, sandbox, folder, apiKey, receiver });
    // More than its rate would wait, and cost: this one is as fast as its sender.
    await world.#call('POST', '/webhooks', { url: receiver.url(PATH), rate: { per_second: 1000 } });
    for (let n = 0; n < numbers; n++) world.pairs.push(await world.#link(n));
    return world;
  }

  /** Sends a text through the API. */
  async send({ person, session }: Pair, text: string): Promise<void> {
    await this.#call('POST', `/${session}/messages`, {
      messaging_product: 'whatsapp',
      to: person,
      type: 'text',
      text: { body: text },
    });
  }

  /** Puts commands on the queues of their shards all at once, as the API would have, so that the connector finds them waiting. */
  async queue(texts: readonly { readonly pair: Pair; readonly text: string }[]): Promise<void> {
    const operator = new Operator(this.#runner);
    const rows = new Map((await operator.sessions()).map((row) => [String(row.sessionId), row]));
    operator.close();
    for (const { pair, text } of texts) {
      const row = rows.get(pair.session);
      if (row) this.#enqueue(row, pair.person, text);
    }
  }

  #enqueue(row: SessionRow, to: string, body: string): void {
    const command = textCommandOf(row, { to, body });
    this.#runner.emulators.sqs.send(outboundQueueOf(this.#runner, row.shard), {
      body: JSON.stringify(command),
      groupId: `${row.sessionUid}#${chatHashOf(to)}`,
      deduplicationId: command.stanzaId,
      senderId: OPERATOR_ACCESS_KEY,
    });
  }

  /** Resolves when so many different events have arrived since the list was last emptied. */
  async arrived(events: number): Promise<void> {
    while (new Set(this.receiver.received.map(({ id }) => id)).size < events)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }

  async stop(): Promise<void> {
    this.receiver.close();
    this.#runner.killServices();
    await this.#runner.stop();
    await this.#sandbox.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #link(n: number): Promise<Pair> {
    const digits = String(n).padStart(4, '0');
    const pair = { session: `10020${digits}`, number: `551190001${digits}`, person: `551190002${digits}` };
    await this.phones.createPerson({ number: pair.number, name: `Loja ${n}` });
    await this.phones.createPerson({ number: pair.person, name: `Pessoa ${n}`, autoRead: true });
    await this.#call('POST', '/sessions', { id: pair.session, name: `Loja ${n}` });
    const { qr } = await this.#until(`/sessions/${pair.session}/qr`, (answer) => typeof answer['qr'] === 'string');
    await this.phones.scan(pair.number, String(qr));
    await this.#until(`/sessions/${pair.session}`, ({ status }) => status === 'open');
    return pair;
  }

  async #until(
    route: string,
    done: (answer: Record<string, unknown>) => boolean,
  ): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const answer = await this.#ask('GET', route);
      if (done(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async #call(method: string, route: string, body: unknown): Promise<void> {
    const answer = await this.#ask(method, route, body);
    if ('error' in answer) throw new Error(`${method} ${route}: ${JSON.stringify(answer)}`);
  }

  async #ask(method: string, route: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(this.#runner.apiUrl + route, {
      method,
      headers: { authorization: `Bearer ${this.#apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  }
}
