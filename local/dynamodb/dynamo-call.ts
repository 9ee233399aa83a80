import { Agent, fetch } from 'undici';
import { AwsError } from '../aws/json-protocol.ts';

/** `X-Amz-Target` prefix of DynamoDB. */
export const TARGET_PREFIX = 'DynamoDB_20120810.';

/**
 * Dynoxide wants to see a signature but does not check it. DynamoDB Local keeps separate tables per
 * access key and region, so whoever calls, it sees one caller.
 */
export const BACKEND_HEADERS: Readonly<Record<string, string>> = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=pombo/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20260101T000000Z',
  'content-type': 'application/x-amz-json-1.0',
};

/** A large table is scanned within this time, real milliseconds. */
const LONGEST_WAIT_MS = 120_000;
/** An answer that never comes would hold up whoever waits for it for ever, a virtual clock too. */
const dispatcher = new Agent({ headersTimeout: LONGEST_WAIT_MS, bodyTimeout: LONGEST_WAIT_MS });

/** Calls one action of the DynamoDB behind `DynamoService`. */
export type DynamoCall = <T>(action: string, input: object) => Promise<T>;

/**
 * Calls the backend directly, past authorisation and fault injection: for the runner's own work.
 * The call throws AwsError with DynamoDB's code when it is refused.
 */
export function dynamoCaller(endpoint: string): DynamoCall {
  return async <T>(action: string, input: object): Promise<T> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { ...BACKEND_HEADERS, 'x-amz-target': TARGET_PREFIX + action },
      body: JSON.stringify(input),
      dispatcher,
    });
    const body: unknown = await response.json();
    if (response.ok) return body as T;
    const { __type = '', message, Message } = body as { __type?: string; message?: string; Message?: string };
    const code = __type.split('#').at(-1) || 'InternalServerError';
    throw new AwsError(code, `${action}: ${message ?? Message ?? code}`, response.status);
  };
}
