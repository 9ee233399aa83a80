/**
 * Errors as Meta's Graph API answers them. The registry holds every code that Pombo uses: HTTP status, type and title,
 * from Meta's list of Cloud API error codes.
 */
export const GRAPH_ERRORS = {
  0: { status: 401, type: 'OAuthException', title: 'AuthException' },
  1: { status: 500, type: 'OAuthException', title: 'API Unknown' },
  2: { status: 503, type: 'OAuthException', title: 'Service temporarily unavailable' },
  3: { status: 403, type: 'OAuthException', title: 'API Method' },
  4: { status: 429, type: 'OAuthException', title: 'API Too Many Calls' },
  10: { status: 403, type: 'OAuthException', title: 'Permission Denied' },
  100: { status: 400, type: 'OAuthException', title: 'Invalid parameter' },
  104: { status: 401, type: 'OAuthException', title: 'An access token is required to request this resource.' },
  190: { status: 401, type: 'OAuthException', title: 'Invalid OAuth access token - Cannot parse access token' },
  803: { status: 404, type: 'OAuthException', title: 'Some of the aliases you requested do not exist' },
  2500: { status: 404, type: 'OAuthException', title: 'Unknown path components' },
  130429: { status: 429, type: 'OAuthException', title: 'Rate limit hit' },
  131000: { status: 500, type: 'OAuthException', title: 'Something went wrong' },
  131005: { status: 403, type: 'OAuthException', title: 'Access denied' },
  131008: { status: 400, type: 'OAuthException', title: 'Required parameter is missing' },
  131009: { status: 400, type: 'OAuthException', title: 'Parameter value is not valid' },
  131016: { status: 500, type: 'OAuthException', title: 'Service unavailable' },
  131021: { status: 400, type: 'OAuthException', title: 'Recipient cannot be sender' },
  131026: { status: 400, type: 'OAuthException', title: 'Message undeliverable' },
  131031: { status: 403, type: 'OAuthException', title: 'Account has been locked' },
  131048: { status: 400, type: 'OAuthException', title: 'Spam rate limit hit' },
  131051: { status: 400, type: 'OAuthException', title: 'Unsupported message type' },
  131052: { status: 400, type: 'OAuthException', title: 'Media download error' },
  131053: { status: 400, type: 'OAuthException', title: 'Media upload error' },
  132000: {
    status: 400,
    type: 'OAuthException',
    title: 'Number of parameters does not match the expected number of params',
  },
  132001: { status: 404, type: 'OAuthException', title: 'Template name does not exist in the translation' },
  132005: { status: 400, type: 'OAuthException', title: 'Translated text too long' },
  132007: { status: 400, type: 'OAuthException', title: 'Template format character policy violated' },
  132012: {
    status: 400,
    type: 'OAuthException',
    title: 'Parameter format does not match format in the created template',
  },
  132015: { status: 400, type: 'OAuthException', title: 'Template is paused' },
  132016: { status: 400, type: 'OAuthException', title: 'Template is disabled' },
  131056: {
    status: 429,
    type: 'OAuthException',
    title: '(Business Account, Consumer Account) pair rate limit hit',
  },
  133010: { status: 400, type: 'OAuthException', title: 'Phone number not registered' },
} as const satisfies Record<number, { readonly status: number; readonly type: string; readonly title: string }>;

export type GraphCode = keyof typeof GRAPH_ERRORS;

export const isGraphCode = (code: number): code is GraphCode => Object.hasOwn(GRAPH_ERRORS, code);

/** Meta's own words for the two codes whose message has no `(#code)` before it. */
const WITHOUT_NUMBER: readonly GraphCode[] = [104, 190];

export interface GraphErrorOptions extends ErrorOptions {
  /** HTTP status, where it is not the code's usual one. */
  readonly status?: number;
  readonly subcode?: number;
  /** Replaces the title in `message`. */
  readonly title?: string;
  readonly type?: string;
  /** True if the same request may succeed later. @default false */
  readonly transient?: boolean;
  /** Further response headers, `Allow` and `Retry-After` for example. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal that the caller of the API reads: code, HTTP status, and a sentence that names the field and what is allowed. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly code: GraphCode;
  /** HTTP status. */
  readonly status: number;
  readonly type: string;
  /** Names the field and what is allowed. */
  readonly details: string;
  readonly subcode: number | undefined;
  readonly transient: boolean;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: GraphCode, details: string, options: GraphErrorOptions = {}) {
    const known = GRAPH_ERRORS[code];
    const title = options.title ?? known.title;
    super(WITHOUT_NUMBER.includes(code) ? title : `(#${code}) ${title}`, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? known.status;
    this.type = options.type ?? known.type;
    this.details = details;
    this.subcode = options.subcode;
    this.transient = options.transient ?? false;
    this.headers = options.headers ?? {};
  }
}

/** The JSON body of an error answer. */
export interface GraphErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly code: number;
    readonly error_data: { readonly messaging_product: 'whatsapp'; readonly details: string };
    readonly error_subcode?: number;
    readonly is_transient: boolean;
    readonly fbtrace_id: string;
  };
}

/** @param traceId ends up as `fbtrace_id`; the log line of the request has it too */
export function renderGraphError(error: GraphError, traceId: string): GraphErrorBody {
  return {
    error: {
      message: error.message,
      type: error.type,
      code: error.code,
      error_data: { messaging_product: 'whatsapp', details: error.details },
      ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
      is_transient: error.transient,
      fbtrace_id: traceId,
    },
  };
}

/** What Graph says of an object that does not exist and of one that belongs to somebody else, so that nobody can tell them apart. */
const OBJECT_MISSING = 33;

/** An object that is not there for this caller: code 100, subcode 33. @param options.status Graph paths answer 400 as Meta does */
export function objectMissing(
  what: string,
  options: { readonly status: 400 | 404; readonly method: string },
): GraphError {
  return new GraphError(100, `${what} does not exist, or the API key may not see it.`, {
    status: options.status,
    subcode: OBJECT_MISSING,
    type: 'GraphMethodException',
    title: `Unsupported ${options.method.toLowerCase()} request. ${what} does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
  });
}

/** The error object that statuses and webhooks carry. */
export function eventErrorOf(
  code: GraphCode,
  details: string,
): { code: number; title: string; message: string; error_data: { details: string } } {
  const { title } = GRAPH_ERRORS[code];
  return { code, title, message: title, error_data: { details } };
}
