import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Leads connections on to a server, until it goes deaf: then lines stay up, and nothing comes through any more. */
export async function startRelay(target: { readonly host: string; readonly port: number }) {
  const lines = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    const onward = connect(target);
    const line = [client, onward] as const;
    lines.add(line);
    client.pipe(onward);
    onward.pipe(client);
    for (const [end, other] of [line, [onward, client] as const]) {
      end.on('error', () => other.destroy());
      end.on('close', () => {
        lines.delete(line);
        other.destroy();
      });
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** As when the other side has lost its power: nobody reads, nobody answers, nobody closes. @returns how many lines */
    goHalfOpen(): number {
      for (const [client, onward] of lines) {
        client.unpipe(onward);
        client.pause();
        onward.unpipe(client);
        onward.pause();
      }
      return lines.size;
    },
    async close(): Promise<void> {
      for (const [client, onward] of lines) for (const end of [client, onward]) end.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
