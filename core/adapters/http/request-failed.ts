/**
 * blocked: the address is private · dns: the name does not resolve · connect: no TCP or TLS connection · timeout · broken: the answer
 * is no HTTP or ended early.
 */
export type FailureReason = 'blocked' | 'dns' | 'connect' | 'timeout' | 'broken';

const DNS_CODES = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'];
const CONNECT_CODES = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT'];

/** A request to a user-supplied URL that got no complete answer. Its message names no header and no body. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }

  static blocked(host: string): RequestFailed {
    return new RequestFailed('blocked', `${host} is a private address`);
  }

  /** @param error whatever node's sockets and HTTP parser throw */
  static from(error: unknown): RequestFailed {
    if (error instanceof RequestFailed) return error;
    const cause = firstOf(error);
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    return new RequestFailed(reasonOf(code), cause.message || code || 'unknown error', { cause: error });
  }
}

/** With several addresses node reports all attempts in one AggregateError without a message. */
function firstOf(error: unknown): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first : new Error(String(first));
}

function reasonOf(code: string): FailureReason {
  if (DNS_CODES.includes(code)) return 'dns';
  if (CONNECT_CODES.includes(code) || code.startsWith('ERR_TLS') || code.includes('CERT')) return 'connect';
  return 'broken';
}
