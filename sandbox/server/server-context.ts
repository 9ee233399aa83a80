import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#core/domain/clock.ts';
import type { SandboxLogger } from '../sandbox-logger.ts';
import type { DeviceRegistry } from '../store/device-registry.ts';
import type { Directory } from '../store/directory.ts';
import type { GroupStore } from '../store/group-store.ts';
import type { DeviceAddress } from '../store/jid.ts';
import type { OrderStore } from '../store/order-store.ts';
import type { ProfileStore } from '../store/profile-store.ts';
import type { StanzaQueue } from '../store/stanza-queue.ts';
import type { Switchboard } from './switchboard.ts';

/** The people behind simulated phones, as far as the server must reach for them. */
export interface SimulatedPeople {
  /** Makes sure that a simulated device has put its keys on the server. */
  provision(address: DeviceAddress): void;
  /** Brings a simulated device on line, if it has a network; it then takes what is queued for it. */
  wake(address: DeviceAddress): void;
  /** A companion was linked to that person, or has come back. */
  onCompanionActive(address: DeviceAddress): void;
  onCompanionRemoved(address: DeviceAddress): void;
}

/** What every part of the server works on. */
export interface ServerContext {
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly logger: SandboxLogger;
  /** That many random bytes. */
  readonly random: (size: number) => Buffer;
  readonly directory: Directory;
  readonly devices: DeviceRegistry;
  readonly queue: StanzaQueue;
  readonly groups: GroupStore;
  readonly profiles: ProfileStore;
  readonly orders: OrderStore;
  readonly switchboard: Switchboard;
  readonly people: SimulatedPeople;
  /** `127.0.0.1:port` of the media host. */
  readonly mediaHost: () => string;
}

/** Seconds since 1970 as stanzas carry them. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
