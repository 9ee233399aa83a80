import type { Clock } from '../domain/clock.ts';
import { makeSignedRequests, type SdkConfig } from './signed-requests.ts';

/** Starts a function that nobody waits for; Lambda keeps the event and tries it again if the function fails. */
export type InvokeAsync = (event: object) => Promise<void>;

const ACCEPTED = 202;
const THROTTLED = 429;

/** @param options.endpoint of a Lambda that is not AWS's own; undefined in AWS */
export function makeInvokeAsync(options: {
  readonly sdk: SdkConfig;
  readonly functionName: string;
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly clock: Clock;
}): InvokeAsync {
  const { sdk, functionName, region, endpoint, clock } = options;
  const requests = makeSignedRequests({ sdk, service: 'lambda', clock });
  const base = endpoint ?? `https://lambda.${region}.amazonaws.com`;
  const url = new URL(`${base}/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`);
  const headers = { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' };
  return async (event) => {
    const body = Buffer.from(JSON.stringify(event));
    const { status, body: answer } = await requests.send({ method: 'POST', url, headers, body });
    answer.resume();
    if (status === ACCEPTED) return;
    const name = status === THROTTLED ? 'ThrottlingException' : 'InvokeError';
    throw Object.assign(new Error(`Lambda answered ${status} to Invoke`), {
      name,
      $metadata: { httpStatusCode: status },
    });
  };
}
