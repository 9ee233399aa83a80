import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { parseArgs, styleText } from 'node:util';
import * as z from 'zod';
import { systemClock } from '#core/domain/clock.ts';
import { writeError, writeLine } from '../terminal/line.ts';
import { type Arrival, type Receiver, startReceiver } from './receiver.ts';
import { verifySignatures } from './verify-signatures.ts';

/**
 * `npm run receiver`: a webhook receiver for the terminal. It subscribes itself to the Pombo that runs on this machine,
 * shows what arrives and says whether both signatures are right.
 */
const USAGE = `Usage: npm run receiver -- [options]
  --port <n>      where to listen on 127.0.0.1 (default 4800, 0 for any free port)
  --data <folder> data folder of the running Pombo (default .pombo)
  --status <n>    answer every webhook with this HTTP status (default 200), to see failures
  --secret <s>    verify with this secret and do not subscribe (for a Pombo that runs elsewhere)
  --help`;

const RunSchema = z.object({ api: z.url(), apiKey: z.string() });
const SubscriptionSchema = z.object({ id: z.string(), url: z.string(), secret: z.string() });
type Subscription = z.infer<typeof SubscriptionSchema>;

interface Options {
  readonly port: number;
  readonly data: string;
  readonly status: number;
  readonly secret?: string | undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4800' },
      data: { type: 'string', default: '.pombo' },
      status: { type: 'string', default: '200' },
      secret: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return writeLine(USAGE);
  const options: Options = { ...values, port: Number(values.port), status: Number(values.status) };
  const receiver = await startReceiver({ port: options.port, now: () => systemClock.now() }).catch((cause: unknown) => {
    throw new Error(
      `Port ${values.port} can't be used (${String(cause)}). Choose another: --port 0 for any free one.`,
      { cause },
    );
  });
  receiver.answerWith(options.status);
  const secret = options.secret ?? (await subscribe(options, receiver)).secret;
  receiver.onArrival((arrival) => show(arrival, secret));
  writeLine(`Listening on ${styleText('bold', receiver.url)} and answering ${options.status}. Ctrl-C ends.`);
}

/** Subscribes this receiver, or takes up the subscription of its last run: events that waited since then still come. */
async function subscribe(options: Options, receiver: Receiver): Promise<Subscription> {
  const run = await readRun(options.data);
  const file = path.join(options.data, 'receiver.json');
  const known = SubscriptionSchema.safeParse(await readJson(file));
  if (known.success && known.data.url === receiver.url && (await exists(run, known.data.id))) return known.data;
  const response = await fetch(`${run.api}/webhooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${run.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url: receiver.url, events: ['messages', 'statuses', 'sessions'] }),
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`Pombo did not take the subscription: ${JSON.stringify(body)}`);
  const created = SubscriptionSchema.parse({
    ...z.object({ id: z.string(), secret: z.string() }).parse(body),
    url: receiver.url,
  });
  await writeFile(file, JSON.stringify(created), { mode: 0o600 });
  writeLine(`Subscribed as ${created.id}. Its secret is in ${file}.`);
  return created;
}

async function exists(run: z.infer<typeof RunSchema>, id: string): Promise<boolean> {
  const response = await fetch(`${run.api}/webhooks/${id}`, { headers: { authorization: `Bearer ${run.apiKey}` } });
  await response.body?.cancel();
  return response.ok;
}

async function readRun(data: string): Promise<z.infer<typeof RunSchema>> {
  const run = RunSchema.safeParse(await readJson(path.join(data, 'run.json')));
  if (run.success) return run.data;
  throw new Error(`No Pombo runs with the data folder ${data}. Start one in another terminal: npm start`);
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

function show(arrival: Arrival, secret: string): void {
  const verdict = verifySignatures(secret, arrival.headers, arrival.body, arrival.atMs);
  const mark = (ok: boolean, name: string): string => styleText(ok ? 'green' : 'red', `${ok ? '✓' : '✗'} ${name}`);
  const time = new Date(arrival.atMs).toISOString().slice(11, 23);
  const id = String(arrival.headers['webhook-id'] ?? '-');
  writeLine(`${styleText('dim', time)} ${summary(arrival.body)}`);
  writeLine(
    `  ${mark(verdict.meta, 'X-Hub-Signature-256')}  ${mark(verdict.standardWebhooks, 'Standard Webhooks')}  ${styleText('dim', `${id} → ${arrival.answered}`)}`,
  );
}

const ChangeSchema = z.object({
  entry: z.tuple([z.object({ changes: z.tuple([z.object({ field: z.string(), value: z.looseObject({}) })]) })]),
});
const MessagesSchema = z.object({
  messages: z.tuple([
    z.looseObject({ from: z.string().optional(), type: z.string(), text: z.object({ body: z.string() }).optional() }),
  ]),
});
const StatusesSchema = z.object({
  statuses: z.tuple([
    z.looseObject({
      status: z.string(),
      recipient_id: z.string(),
      errors: z.array(z.looseObject({ code: z.number(), title: z.string() })).optional(),
    }),
  ]),
});

/** One readable line for an event. */
function summary(body: Buffer): string {
  const parsed: unknown = JSON.parse(body.toString('utf8'));
  const change = ChangeSchema.safeParse(parsed);
  if (!change.success) return JSON.stringify(parsed);
  const { field, value } = change.data.entry[0].changes[0];
  const messages = MessagesSchema.safeParse(value);
  if (messages.success) {
    const [message] = messages.data.messages;
    return `${styleText('bold', `message from ${message.from ?? 'someone'}`)}: ${message.text?.body ?? `(${message.type})`}`;
  }
  const statuses = StatusesSchema.safeParse(value);
  if (statuses.success) {
    const [status] = statuses.data.statuses;
    const error = status.errors?.[0];
    return `${styleText('bold', status.status)} to ${status.recipient_id}${error ? ` (${error.code} ${error.title})` : ''}`;
  }
  return `${styleText('bold', field)}: ${JSON.stringify(value)}`;
}

main().catch((error: unknown) => {
  writeError(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
