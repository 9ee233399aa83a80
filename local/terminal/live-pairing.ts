import * as qrcode from 'qrcode';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';

export interface LivePairingOptions {
  readonly sessions: () => Promise<readonly SessionRow[]>;
  readonly createSession: () => Promise<unknown>;
  readonly clock: Clock;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 500;
/** WhatsApp gives the first code within a second or two; after this long something stands in the way. */
const CODE_WITHIN_MS = 10_000;

/**
 * With `npm start -- --live` and `--whatsapp`: makes a session when there is none, and shows the QR code of each that waits to be
 * linked, anew whenever WhatsApp changes it. Ends with `signal`.
 */
export async function showPairing(options: LivePairingOptions): Promise<void> {
  const { sessions, createSession, clock, write, signal } = options;
  if ((await sessions()).length === 0) await createSession();
  /** What was shown last, by session: a code, or that it is open. */
  const shown = new Map<string, string>();
  const hintAtMs = clock.monotonic() + CODE_WITHIN_MS;
  let hinted = false;
  while (!signal.aborted) {
    for (const { sessionId, status, qr } of await sessions()) {
      const last = shown.get(sessionId);
      const now = status === 'pairing' ? qr : status;
      if (now === undefined || now === last || (status !== 'pairing' && status !== 'open')) continue;
      shown.set(sessionId, now);
      if (status === 'pairing') write(await renderCode(sessionId, now));
      else if (last !== undefined) write(`\nSession ${sessionId} is linked and open.\n`);
    }
    if (!hinted && shown.size === 0 && clock.monotonic() >= hintAtMs) {
      hinted = true;
      write(NO_CODE);
    }
    await sleep(clock, LOOK_EVERY_MS, signal);
  }
}

const NO_CODE =
  '\nNo QR code yet: is WhatsApp reachable from this machine? Pombo keeps trying; LOG_LEVEL=debug shows each try.\n';

async function renderCode(sessionId: string, qr: string): Promise<string> {
  const image = await qrcode.toString(qr, { type: 'terminal', small: true });
  return `\nSession ${sessionId}: scan with WhatsApp (Settings, Linked devices, Link a device)\n\n${image}`;
}
