import type { DynamoDBClientResolvedConfig } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Clock, sleep } from '../domain/clock.ts';

/**
 * What an SDK client that is there anyway has: credentials, region and connections. A service of which we need a request or two is asked
 * with them: its own client would be a third of a function's bundle (docs/adr/0032-media.md).
 */
export type SdkConfig = Pick<DynamoDBClientResolvedConfig, 'credentials' | 'region' | 'requestHandler' | 'sha256'>;

export interface AwsRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface AwsResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Has to be read or destroyed. */
  readonly body: NodeJS.ReadableStream;
}

export interface SignedRequests {
  /** Asks again after a fault of the service or the line: only for requests that may be repeated. @throws Error when the last attempt got no answer */
  send(request: AwsRequest): Promise<AwsResponse>;
  /** A URL that anybody may use until it expires; its headers have to be sent as they are. */
  presign(request: Omit<AwsRequest, 'body'>, expiresInS: number): Promise<string>;
}

/** Attempts of one request, as the SDK's own. */
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 100;
const SERVER_FAULT = 500;

/** Requests with Signature Version 4. @param options.service name that the signature is for: `s3`, `lambda` */
export function makeSignedRequests(options: {
  readonly sdk: SdkConfig;
  readonly service: string;
  readonly clock: Clock;
  /** How long an answer may take, milliseconds. @default as long as those of the SDK client */
  readonly requestTimeoutMs?: number;
}): SignedRequests {
  const { sdk, service, clock, requestTimeoutMs: requestTimeout } = options;
  const { credentials, region, sha256, requestHandler } = sdk;
  // S3 signs a path as it is; the others sign it escaped once more.
  const signer = new SignatureV4({ credentials, region, sha256, service, uriEscapePath: service !== 's3' });
  const signingDate = (): Date => new Date(clock.now());

  const attempt = async (request: AwsRequest): Promise<AwsResponse> => {
    const signed = await signer.sign(httpRequestOf(request), { signingDate: signingDate() });
    const { response } = await requestHandler.handle(signed as Parameters<typeof requestHandler.handle>[0], {
      ...(requestTimeout !== undefined && { requestTimeout }),
    });
    const { statusCode, headers, body } = response as {
      readonly statusCode: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: NodeJS.ReadableStream;
    };
    return { status: statusCode, headers, body };
  };

  return {
    async send(request) {
      for (let failures = 1; ; failures++) {
        const last = failures >= ATTEMPTS;
        try {
          const response = await attempt(request);
          if (last || response.status < SERVER_FAULT) return response;
          response.body.resume();
        } catch (error) {
          if (last) throw error;
        }
        await sleep(clock, FIRST_PAUSE_MS * 2 ** failures);
      }
    },
    async presign(request, expiresInS) {
      const wanted = httpRequestOf(request);
      const signedHeaders = new Set(Object.keys(wanted.headers));
      const unsigned = { ...wanted, headers: { ...wanted.headers, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' } };
      const { protocol, hostname, port, path, query } = await signer.presign(unsigned, {
        expiresIn: expiresInS,
        signingDate: signingDate(),
        // Otherwise it would move some of them into the query, where S3 does not look for them.
        unhoistableHeaders: signedHeaders,
        signableHeaders: signedHeaders,
      });
      const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
      for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, String(value));
      // Spaces as S3 reads them.
      url.search = url.search.replaceAll('+', '%20');
      return url.href;
    },
  };
}

function httpRequestOf({ method, url, headers = {}, body }: AwsRequest) {
  return {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== '' && { port: Number(url.port) }),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    ...(body && { body }),
  };
}
