import type { Clock } from '#core/domain/clock.ts';
import type { Silence } from '../task/self-fence.ts';

/**
 * What a connection costs. `login`: 500 at once take 13 s and 640 MB, 20 at a time 40 a second (whatsapp.md 3.1).
 * `pairing`: new keys, and with the first login 812 pre-keys: 300 at once take 677 MB, so a few at a time (3.2).
 */
export type LoginKind = 'login' | 'pairing';

const AT_ONCE: Readonly<Record<LoginKind, number>> = { login: 20, pairing: 4 };
/** A login that takes longer is stuck and must not hold the others up. */
const LONGEST_LOGIN_MS = 30_000;

/** Lets only so many sessions of a process log in at a time. */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #waiting: Record<LoginKind, (() => void)[]> = { login: [], pairing: [] };
  readonly #free: Record<LoginKind, number> = { ...AT_ONCE };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is this login's turn; call what it gives once the login is through, in whichever way. */
  async turn(kind: LoginKind): Promise<() => void> {
    if (this.#free[kind] > 0) this.#free[kind] -= 1;
    else await new Promise<void>((resolve) => this.#waiting[kind].push(resolve));
    let given = false;
    const giveBack = (): void => {
      if (given) return;
      given = true;
      cancel();
      const next = this.#waiting[kind].shift();
      if (next) next();
      else this.#free[kind] += 1;
    };
    const cancel = this.#clock.after(LONGEST_LOGIN_MS, giveBack);
    return giveBack;
  }
}

/** Resolves when a session may log in and the task may act; call what it gives once the login is through. */
export async function loginTurn(
  { throttle, silence }: { readonly throttle: LoginThrottle; readonly silence: Silence },
  kind: () => LoginKind,
): Promise<() => void> {
  for (;;) {
    await silence.lifted();
    const giveBack = await throttle.turn(kind());
    if (!silence.silent) return giveBack;
    giveBack();
  }
}
