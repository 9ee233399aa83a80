/**
 * blocked: the address is private · no_such_name: the name does not exist · dns: it could not be resolved · connect: no TCP or TLS
 * connection · certificate: it can't be trusted · timeout · broken: the answer is no HTTP or ended early.
 */
export type FailureReason = 'blocked' | 'no_such_name' | 'dns' | 'connect' | 'certificate' | 'timeout' | 'broken';

const NO_SUCH_NAME = 'ENOTFOUND';
const DNS_CODES = ['EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'];
/** What OpenSSL and node find wrong with a certificate, beside the codes that say CERT. */
const CERTIFICATE_CODES = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'HOSTNAME_MISMATCH',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
];
const CONNECT_CODES = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT'];

/** A request to a user-supplied URL that got no complete answer. Its message names no header and no body. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  readonly reason: FailureReason;
  /** Address that had been connected to. */
  remoteIp: string | undefined;

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
  if (code === NO_SUCH_NAME) return 'no_such_name';
  if (DNS_CODES.includes(code)) return 'dns';
  if (code.includes('CERT') || CERTIFICATE_CODES.includes(code)) return 'certificate';
  if (CONNECT_CODES.includes(code) || code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL')) return 'connect';
  return 'broken';
}
