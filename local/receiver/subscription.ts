import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Texts } from './texts.ts';

const RunSchema = z.object({ api: z.url(), apiKey: z.string() });
const SubscriptionSchema = z.object({ id: z.string(), url: z.string(), secret: z.string() });
export type Subscription = z.infer<typeof SubscriptionSchema>;

export interface Wanted {
  readonly data: string;
  /** As asked for: 0 gets a subscription that goes with the process. */
  readonly port: number;
  readonly url: string;
  readonly events: readonly string[];
  readonly session: string | undefined;
}

export interface Subscribed extends Subscription {
  readonly file: string;
  /** It is the one of the last run. */
  readonly resumed: boolean;
  /** Takes the subscription back. Never rejects. */
  end(): Promise<void>;
}

/**
 * Subscribes this receiver, or takes up the subscription of its last run on the same port: events that waited since then
 * still come. @throws Error with a sentence for the user
 */
export async function subscribe(wanted: Wanted, texts: Texts): Promise<Subscribed> {
  const call = callOf(await readRun(wanted.data, texts));
  const file = path.join(wanted.data, `receiver-${wanted.port}.json`);
  const known = SubscriptionSchema.safeParse(await readJson(file)).data;
  const settings = { events: wanted.events, session: wanted.session ?? null };
  if (known) {
    if (known.url === wanted.url && (await call('PATCH', `/webhooks/${known.id}`, settings)).ok)
      return { ...known, file, resumed: true, end: () => remove(call, known.id) };
    await remove(call, known.id);
  }
  const { ok, body } = await call('POST', '/webhooks', { ...settings, url: wanted.url, name: 'npm run receiver' });
  if (!ok) throw new Error(texts.refusedSubscription(JSON.stringify(body)));
  const created = { ...z.object({ id: z.string(), secret: z.string() }).parse(body), url: wanted.url };
  await writeFile(file, JSON.stringify(created), { mode: 0o600 });
  return { ...created, file, resumed: false, end: () => remove(call, created.id) };
}

type Call = (method: string, route: string, body?: object) => Promise<{ readonly ok: boolean; readonly body: unknown }>;

const callOf =
  ({ api, apiKey }: z.infer<typeof RunSchema>): Call =>
  async (method, route, body) => {
    const response = await fetch(`${api}${route}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { ok: response.ok, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };

async function remove(call: Call, id: string): Promise<void> {
  // It may be gone already, and so may the Pombo that had it.
  await call('DELETE', `/webhooks/${id}`).catch(() => undefined);
}

async function readRun(data: string, texts: Texts): Promise<z.infer<typeof RunSchema>> {
  const run = RunSchema.safeParse(await readJson(path.join(data, 'run.json')));
  if (run.success) return run.data;
  throw new Error(texts.noPombo(data));
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}
