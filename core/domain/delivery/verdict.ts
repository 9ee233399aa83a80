import type { DeadReason } from '../../contracts/rows/delivery-row.ts';
import { retryAfterMs } from './retry-after.ts';

/** Why a POST got no complete answer. */
export const POST_FAILURES = ['blocked', 'dns', 'no_such_name', 'connect', 'certificate', 'timeout', 'broken'] as const;
export type PostFailure = (typeof POST_FAILURES)[number];

/** What one POST brought: an answer, or the reason why there is none. */
export type PostResult =
  | {
      readonly httpStatus: number;
      /** The header `retry-after`. */
      readonly retryAfter?: string | undefined;
      /** The header `webhook-delivery`, by which a receiver steers (Svix: delivery control). */
      readonly control?: string | undefined;
    }
  | { readonly failure: PostFailure };

/** How much patience a failure deserves: the whole schedule, or less. */
export type Patience = 'full' | 'client_error' | 'certificate' | 'no_such_name';

/** What a POST means for its delivery and its endpoint. */
export type Verdict =
  | { readonly kind: 'delivered'; readonly disable?: 'asked_to' }
  | {
      readonly kind: 'failed';
      readonly patience: Patience;
      readonly timedOut: boolean;
      readonly error: string;
      readonly retryAfterMs?: number;
    }
  /** The endpoint asks for patience: it spends no attempt, and all its deliveries wait. */
  | { readonly kind: 'paused'; readonly error: string; readonly retryAfterMs: number }
  | {
      readonly kind: 'dead';
      readonly reason: DeadReason;
      readonly error: string;
      readonly disable?: 'gone' | 'asked_to';
    };

/** 4xx that say nothing about the event: try again as after a 5xx (webhooks.md 3.2). */
const TRANSIENT_4XX: readonly number[] = [408, 409, 425, 429];
/** Answers that mean "later" when they say when. */
const PAUSES: readonly number[] = [429, 503];
const GONE = 410;
const TOO_LARGE = 413;

/** Which class of webhooks.md 3.2 a result is in. @param nowMs wall time, for a Retry-After that is a date */
export function verdictOf(result: PostResult, nowMs: number): Verdict {
  if ('failure' in result) return ofFailure(result.failure);
  const { httpStatus } = result;
  const control = result.control?.trim().toLowerCase();
  if (httpStatus >= 200 && httpStatus <= 299) {
    // The event has arrived; what the receiver wants of the next ones holds all the same.
    return { kind: 'delivered', ...(control === 'disable' && { disable: 'asked_to' as const }) };
  }
  return finalOf(httpStatus, control) ?? ofAnswer(httpStatus, retryAfterMs(result.retryAfter, nowMs));
}

/** Answers after which nobody tries again. */
function finalOf(httpStatus: number, control: string | undefined): Verdict | undefined {
  const error = `answered ${httpStatus}`;
  if (httpStatus === GONE) return { kind: 'dead', reason: 'gone', error, disable: 'gone' };
  if (control === 'disable') return { kind: 'dead', reason: 'gone', error: DISABLE, disable: 'asked_to' };
  if (control === 'abort-message') return { kind: 'dead', reason: 'aborted', error: `${error} with abort-message` };
  return httpStatus === TOO_LARGE ? { kind: 'dead', reason: 'too_large', error } : undefined;
}

function ofAnswer(httpStatus: number, afterMs: number | undefined): Verdict {
  const isRedirect = httpStatus >= 300 && httpStatus <= 399;
  const error = `answered ${httpStatus}${isRedirect ? ', redirects are not followed' : ''}`;
  if (afterMs !== undefined && PAUSES.includes(httpStatus)) return { kind: 'paused', error, retryAfterMs: afterMs };
  return {
    kind: 'failed',
    patience: isClientError(httpStatus) ? 'client_error' : 'full',
    timedOut: false,
    error,
    ...(afterMs !== undefined && { retryAfterMs: afterMs }),
  };
}

const DISABLE = 'the receiver asked to disable the webhook';

const isClientError = (httpStatus: number): boolean =>
  httpStatus >= 400 && httpStatus <= 499 && !TRANSIENT_4XX.includes(httpStatus);

const SENTENCES: Readonly<Record<PostFailure, string>> = {
  blocked: 'the URL leads to a private address',
  dns: 'the name could not be resolved',
  no_such_name: 'the name does not exist',
  connect: 'no connection',
  certificate: 'the certificate is not valid for this name',
  timeout: 'no complete answer in time',
  broken: 'the connection broke',
};

function ofFailure(failure: PostFailure): Verdict {
  const error = SENTENCES[failure];
  const failed = { kind: 'failed', timedOut: failure === 'timeout', error } as const;
  switch (failure) {
    case 'blocked':
      return { kind: 'dead', reason: 'blocked', error };
    case 'certificate':
    case 'no_such_name':
      return { ...failed, patience: failure };
    case 'dns':
    case 'connect':
    case 'timeout':
    case 'broken':
      return { ...failed, patience: 'full' };
  }
}
