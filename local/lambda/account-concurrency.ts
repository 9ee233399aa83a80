/** Concurrent executions of an account in a Region; a new account has 10 ("Lambda quotas"). */
const DEFAULT_ACCOUNT_CONCURRENCY = 1000;
/** What reservations must leave to the other functions; an account that has less may reserve nothing. */
const LEAST_UNRESERVED = 100;

/** `Reason` of Lambda's TooManyRequestsException. */
type ThrottleReason = 'ConcurrentInvocationLimitExceeded' | 'ReservedFunctionConcurrentInvocationLimitExceeded';

/** Thrown when an invocation would be one too many. */
export class ThrottledError extends Error {
  override readonly name = 'ThrottledError';
  readonly reason: ThrottleReason;

  constructor(reason: ThrottleReason) {
    super('Rate Exceeded.');
    this.reason = reason;
  }
}

interface Share {
  active: number;
}

/** How many functions of an account run at once: each within its reservation, the others within what those leave. */
export class AccountConcurrency {
  readonly #limit: number;
  readonly #reserved = new Map<string, Share & { readonly limit: number }>();
  readonly #shared: Share = { active: 0 };

  /** @param limit the account's quota of concurrent executions */
  constructor(limit: number = DEFAULT_ACCOUNT_CONCURRENCY) {
    this.#limit = limit;
  }

  /** What functions without a reservation have together. */
  get unreserved(): number {
    return [...this.#reserved.values()].reduce((left, { limit }) => left - limit, this.#limit);
  }

  /**
   * Sets a function's reservation, undefined for none.
   * @throws Error with Lambda's sentence when too little would be left to the other functions
   */
  reserve(functionName: string, limit: number | undefined): void {
    this.#reserved.delete(functionName);
    if (limit === undefined) return;
    const least = Math.min(LEAST_UNRESERVED, this.#limit);
    if (limit > 0 && this.unreserved - limit < least)
      throw new Error(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${least}].`,
      );
    this.#reserved.set(functionName, { limit, active: 0 });
  }

  /** Counts an invocation. Returns what to call once it has ended. @throws ThrottledError */
  take(functionName: string): () => void {
    const own = this.#reserved.get(functionName);
    const share = own ?? this.#shared;
    if (share.active >= (own?.limit ?? this.unreserved))
      throw new ThrottledError(
        own ? 'ReservedFunctionConcurrentInvocationLimitExceeded' : 'ConcurrentInvocationLimitExceeded',
      );
    share.active += 1;
    return () => {
      share.active -= 1;
    };
  }
}
