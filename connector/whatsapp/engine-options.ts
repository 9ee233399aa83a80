import type { Clock } from '#core/domain/clock.ts';
import type { Proxy } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import type { Silence } from '../task/self-fence.ts';
import type { ProxyAgents } from './proxy-agents.ts';

/** What all connections of one tenure share. */
export interface EngineOptions {
  /** Another server than WhatsApp's own. */
  readonly url: URL | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly silence: Silence;
  /** WhatsApp Web's version to log in as; undefined: the one that Baileys brings. */
  readonly version: readonly [number, number, number] | undefined;
  readonly agentsOf: (proxy: Proxy) => ProxyAgents;
  /** Hosts that files of received messages are fetched from, `host` or `host:port`; the first that answers. */
  readonly mediaHosts: readonly string[];
}
