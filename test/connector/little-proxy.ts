import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A proxy on loopback that leads every connection to one place, wherever it was to go. */
export interface LittleProxy {
  readonly port: number;
  /** `host:port` that clients asked for. */
  readonly asked: string[];
  /** What clients said who they are, `user:password`; empty without. */
  readonly clients: string[];
  /** Cuts what goes through it now. */
  cut(): void;
  close(): Promise<void>;
}

interface Options {
  /** Where it leads to. */
  readonly target: { readonly host: string; readonly port: number };
  /** `user:password` that it wants. */
  readonly credentials: string;
}

/** Speaks CONNECT, and answers 407 to whoever does not know the credentials. */
export async function startHttpProxy({ target, credentials }: Options): Promise<LittleProxy> {
  const [asked, clients, through] = [[] as string[], [] as string[], new Set<Duplex>()];
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    const [, encoded = ''] = (request.headers['proxy-authorization'] ?? '').split(' ');
    clients.push(Buffer.from(encoded, 'base64').toString());
    asked.push(request.url ?? '');
    if (clients.at(-1) !== credentials) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const onward = connect(target, () => client.write('HTTP/1.1 200 Connection Established\r\n\r\n'));
    pipe(client, onward, through);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return running(server, { asked, clients, through });
}

const [VERSION, PASSWORD, REFUSED] = [5, 2, 0xff];

/** Speaks SOCKS5 with user and password (RFC 1928, RFC 1929). */
export async function startSocksProxy({ target, credentials }: Options): Promise<LittleProxy> {
  const [asked, clients, through] = [[] as string[], [] as string[], new Set<Duplex>()];
  const server = createTcpServer((client) => {
    client.on('error', () => client.destroy());
    client.once('data', (greeting: Buffer) => {
      if (!greeting.subarray(2).includes(PASSWORD)) return client.end(Buffer.from([VERSION, REFUSED]));
      client.write(Buffer.from([VERSION, PASSWORD]));
      client.once('data', (who: Buffer) => {
        const userEnd = 2 + (who[1] ?? 0);
        clients.push([who.subarray(2, userEnd), who.subarray(userEnd + 1)].map(String).join(':'));
        if (clients.at(-1) !== credentials) return client.end(Buffer.from([1, 1]));
        client.write(Buffer.from([1, 0]));
        client.once('data', (request: Buffer) => {
          asked.push(addressOf(request));
          const onward = connect(target, () => client.write(Buffer.from([VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
          pipe(client, onward, through);
        });
      });
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return running(server, { asked, clients, through });
}

/** Address of a SOCKS5 request: IPv4, or a name that the proxy looks up. */
function addressOf(request: Buffer): string {
  const isName = request[3] === 3;
  const end = isName ? 5 + (request[4] ?? 0) : 8;
  const host = isName ? request.subarray(5, end).toString() : request.subarray(4, end).join('.');
  return `${host}:${request.readUInt16BE(end)}`;
}

function pipe(client: Duplex, onward: Socket, through: Set<Duplex>): void {
  through.add(client);
  for (const [from, to] of [
    [client, onward],
    [onward, client],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
  client.on('close', () => through.delete(client));
}

function running(
  server: ReturnType<typeof createTcpServer>,
  { asked, clients, through }: { asked: string[]; clients: string[]; through: Set<Duplex> },
): LittleProxy {
  const cut = (): void => {
    for (const client of through) client.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    clients,
    cut,
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
