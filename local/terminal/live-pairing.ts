import * as qrcode from 'qrcode';
import * as z from 'zod';
import { type Clock, sleep } from '#core/domain/clock.ts';

export interface LivePairingOptions {
  readonly api: string;
  readonly apiKey: string;
  readonly clock: Clock;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

const SessionSchema = z.object({ id: z.string(), status: z.string() });
const SessionsSchema = z.object({ data: z.array(SessionSchema) });
const QrSchema = z.object({ qr: z.string() });

const LOOK_EVERY_MS = 1000;

type Call = (method: string, route: string, body?: object) => Promise<unknown>;

/**
 * With `npm start -- --live`: makes a session when there is none, and shows the QR code of each that waits to be
 * linked, anew whenever WhatsApp changes it. Ends with `signal`.
 */
export async function showPairing(options: LivePairingOptions): Promise<void> {
  const { clock, write, signal } = options;
  const call = caller(options);
  if (sessionsIn(await call('GET', '/sessions')).length === 0) await call('POST', '/sessions', { name: 'npm start' });
  /** What was shown last, by session: a code, or that it is open. */
  const shown = new Map<string, string>();
  while (!signal.aborted) {
    for (const { id, status } of sessionsIn(await call('GET', '/sessions'))) {
      const last = shown.get(id);
      const now = status === 'pairing' ? await codeOf(id, call) : status;
      if (now === undefined || now === last || (status !== 'pairing' && status !== 'open')) continue;
      shown.set(id, now);
      if (status === 'pairing') await showCode(id, now, write);
      else if (last !== undefined) write(`\nSession ${id} is linked and open.\n`);
    }
    await sleep(clock, LOOK_EVERY_MS, signal);
  }
}

async function showCode(id: string, qr: string, write: (text: string) => void): Promise<void> {
  write(`\nSession ${id}: scan with WhatsApp (Settings, Linked devices, Link a device)\n`);
  write(await qrcode.toString(qr, { type: 'terminal', small: true }));
}

async function codeOf(id: string, call: Call): Promise<string | undefined> {
  return QrSchema.safeParse(await call('GET', `/sessions/${id}/qr`)).data?.qr;
}

const sessionsIn = (answer: unknown): readonly z.infer<typeof SessionSchema>[] =>
  SessionsSchema.safeParse(answer).data?.data ?? [];

/** Answers that are no success count as nothing: the next look comes in a second. */
function caller({ api, apiKey, signal }: LivePairingOptions): Call {
  return async (method, route, body) => {
    const response = await fetch(api + route, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal,
    });
    return response.ok ? response.json() : undefined;
  };
}
