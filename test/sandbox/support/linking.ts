import type { SandboxClient } from '../../../sandbox/control-client.ts';
import type { MemoryAuth } from './baileys-client.ts';
import { BaileysClient } from './baileys-client.ts';

/** Links a fresh client to a number by QR code and logs it in. */
export async function linkedClient(
  url: string,
  phones: SandboxClient,
  number: string,
  options: Record<string, unknown> = {},
): Promise<BaileysClient> {
  const unpaired = new BaileysClient(url, undefined, options);
  await phones.scan(number, await unpaired.qr());
  await unpaired.closed();
  return login(url, unpaired.auth, options);
}

/** Logs a linked client in. */
export function login(url: string, auth: MemoryAuth, options: Record<string, unknown> = {}): Promise<BaileysClient> {
  return new BaileysClient(url, auth, options).open();
}
