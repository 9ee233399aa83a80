import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { Clock } from '../../domain/clock.ts';
import type { AddressGuard } from './address-guard.ts';
import { RequestFailed } from './request-failed.ts';

/** Resolves a name to all its addresses; `dns.lookup` outside tests. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface ConnectionOptions {
  readonly guard: AddressGuard;
  readonly clock: Clock;
  readonly lookup?: Lookup;
  /** Further certificate authorities, PEM. */
  readonly ca?: string;
}

/** How long the TCP and TLS handshakes may take together, milliseconds. */
const CONNECT_MS = 3000;

export interface Target {
  /** Name or IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/**
 * Opens a connection to a host that a user named. The address is judged before the first packet leaves: a literal as it
 * stands, a name by each address it resolves to, of which only the allowed ones are tried. TLS runs over the socket that was
 * judged: `tls.connect` with a host of its own would resolve again, and ignores a `blockList`.
 * @throws RequestFailed `blocked`, `dns`, `connect` or `timeout`
 */
export function guardedConnection(target: Target, options: ConnectionOptions): Promise<Socket> {
  const { guard, clock } = options;
  return new Promise((resolve, reject) => {
    if (isIP(target.host) !== 0 && !guard.allows(target.host)) return reject(RequestFailed.blocked(target.host));
    const raw = tcpConnect({
      host: target.host,
      port: target.port,
      autoSelectFamily: true,
      lookup: guardedLookup(options),
      noDelay: true,
    });
    let socket = raw;
    const fail = (error: unknown): void => {
      cancel();
      socket.destroy();
      raw.destroy();
      reject(RequestFailed.from(error));
    };
    const cancel = clock.after(CONNECT_MS, () =>
      fail(new RequestFailed('timeout', `no connection in ${CONNECT_MS} ms`)),
    );
    const ready = (): void => {
      cancel();
      socket.off('error', fail);
      resolve(socket);
    };
    raw.once('error', fail);
    raw.once('connect', () => {
      if (!guard.allows(raw.remoteAddress ?? '')) return fail(RequestFailed.blocked(raw.remoteAddress ?? target.host));
      if (!target.tls) return ready();
      socket = secured(raw, target, options.ca);
      socket.once('error', fail).once('secureConnect', ready);
    });
  });
}

function secured(socket: Socket, { host }: Target, ca: string | undefined): Socket {
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return tlsConnect({ socket, host, ...servername, ...(ca ? { ca } : {}), ALPNProtocols: ['http/1.1'] });
}

/** Of the addresses of a name only the allowed ones; an error if none is left. */
function guardedLookup({ guard, lookup = systemLookup }: ConnectionOptions) {
  return (
    hostname: string,
    options: LookupOptions,
    done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
  ): void => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const allowed = addresses.filter(({ address }) => guard.allows(address));
      if (allowed.length === 0) return done(RequestFailed.blocked(hostname), []);
      done(null, allowed);
    });
  };
}
