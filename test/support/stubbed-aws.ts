import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';

/** An AWS that does with each request what the listener says; SDK clients that are made from now on ask it. Call what it gives to end it. */
export async function stubAws(listener: RequestListener): Promise<() => void> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  return () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  };
}
