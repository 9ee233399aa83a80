import type { Clock } from '#core/domain/clock.ts';

/** Logins at a time: 500 at once take 13 s and 640 MB, 20 at a time 40 a second (whatsapp.md 3.1). */
const LOGINS_AT_ONCE = 20;
/** A login that takes longer is stuck and must not hold the others up. */
const LONGEST_LOGIN_MS = 30_000;

/** Lets only so many sessions log in at a time. */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #free = LOGINS_AT_ONCE;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is this login's turn; call what it gives once the login is through, in whichever way. */
  async turn(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let given = false;
    const giveBack = (): void => {
      if (given) return;
      given = true;
      cancel();
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
    const cancel = this.#clock.after(LONGEST_LOGIN_MS, giveBack);
    return giveBack;
  }
}
