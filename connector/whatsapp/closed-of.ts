import { DisconnectReason } from '@whiskeysockets/baileys';
import type { Closed } from './whatsapp-port.ts';

/** Beginnings of Baileys' sentences for what WhatsApp itself said; all others are the network's. */
const WHATSAPP_SAID = ['Stream Errored', 'Connection Failure', 'Multi-device beta', 'Intentional Logout'];
const UNSCANNED = 'QR refs attempts ended';

/** Reads why a connection ended from Baileys' error. */
export function closedOf(error: unknown): Closed {
  if (!(error instanceof Error)) return { code: DisconnectReason.connectionClosed, cause: 'network' };
  const code = statusCodeOf(error) ?? DisconnectReason.connectionClosed;
  if (error.message.includes(UNSCANNED)) return { code, cause: 'unscanned' };
  const said = WHATSAPP_SAID.some((beginning) => error.message.startsWith(beginning));
  if (!said) return { code, cause: 'network' };
  const banS = banOf(error);
  return { code, cause: 'whatsapp', ...(banS !== undefined && { banS }) };
}

/** Baileys throws Boom errors: `output.statusCode`. */
function statusCodeOf(error: Error): number | undefined {
  if (!('output' in error) || typeof error.output !== 'object' || error.output === null) return undefined;
  const { statusCode } = error.output as { readonly statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

/** WhatsApp's `<failure reason="402" expire="3600"/>`: Baileys keeps the attributes as the error's data. */
function banOf(error: Error): number | undefined {
  if (!('data' in error) || typeof error.data !== 'object' || error.data === null) return undefined;
  const { expire } = error.data as { readonly expire?: unknown };
  const seconds = typeof expire === 'string' ? Number(expire) : Number.NaN;
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}
