import type { Clock } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { AuthLedger, type AuthLedgerOptions, type LedgerIds } from '../auth-state/auth-ledger.ts';
import type { AuthTable } from '../auth-state/auth-table.ts';
import type { LedgerMemory } from '../auth-state/ledger-memory.ts';
import { keepTrying } from '../keep-trying.ts';
import type { Logger } from '../observability/logger.ts';

export interface SessionLedgerOptions {
  readonly authTable: AuthTable;
  /** Of all ledgers of the task. */
  readonly ledgerMemory: LedgerMemory;
  readonly sessionUid: SessionUid;
  /** What a login asks for. */
  readonly wanted: () => LedgerIds;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The auth state of a session, loaded when it is first needed. */
export class SessionLedger {
  readonly #options: SessionLedgerOptions;
  #loaded: Promise<AuthLedger> | undefined;

  constructor(options: SessionLedgerOptions) {
    this.#options = options;
  }

  load(): Promise<AuthLedger> {
    const { clock } = this.#options;
    this.#loaded ??= keepTrying({ clock }, () => AuthLedger.load(this.#ledgerOptions()));
    return this.#loaded;
  }

  /** What it takes of the task's memory for ledgers; 0 before it was needed. */
  async bytes(): Promise<number> {
    return (await this.#loaded)?.bytes ?? 0;
  }

  /** Resolves when everything that was asked for is durable. */
  async flush(): Promise<void> {
    await (await this.#loaded)?.flush();
  }

  /** Ends all attempts to write. */
  async close(): Promise<void> {
    (await this.#loaded)?.close();
  }

  /** Removes every key of the session, in memory too. */
  async erase(): Promise<void> {
    await this.flush();
    await this.close();
    this.#loaded = undefined;
    await keepTrying({ clock: this.#options.clock }, () => AuthLedger.erase(this.#ledgerOptions()));
  }

  #ledgerOptions(): AuthLedgerOptions {
    const { authTable: table, ledgerMemory: memory, sessionUid, wanted, clock, logger } = this.#options;
    const onFailure = (error: unknown): void => logger.warn({ error }, 'ledger write failed');
    return { table, memory, sessionUid, clock, onFailure, wanted: wanted() };
  }
}
