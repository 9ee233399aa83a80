import type { SandboxClient } from '../../../sandbox/control-client.ts';
import type { MemoryAuth } from './baileys-client.ts';
import { BaileysClient } from './baileys-client.ts';

/** Links a fresh client to a number by QR code, logs it in and lets it take the phone's greeting. */
export async function linkedClient(
  url: string,
  phones: SandboxClient,
  number: string,
  options: Record<string, unknown> = {},
): Promise<BaileysClient> {
  const unpaired = new BaileysClient(url, undefined, options);
  await phones.scan(number, await unpaired.qr());
  await unpaired.closed();
  const client = await login(url, unpaired.auth, options);
  // The phone's greeting (history) is through; before that Baileys holds its events back for up to 20 s.
  await client.until('creds.update', (update: { accountSyncCounter?: number }) => update.accountSyncCounter);
  return client;
}

/** Logs a linked client in. */
export function login(url: string, auth: MemoryAuth, options: Record<string, unknown> = {}): Promise<BaileysClient> {
  return new BaileysClient(url, auth, options).open();
}
