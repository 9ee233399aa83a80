import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Who calls and what for, read from the SigV4 credential of the request (header or presigned query). */
export interface AwsCall {
  /** SigV4 service name: sqs, sns, s3, states, kms, lambda, monitoring, dynamodb … */
  readonly service: string;
  /** Access key id; the runner gives every role of the template its own. */
  readonly accessKeyId: string;
  readonly region: string;
  /** Path and query as received. */
  readonly url: URL;
}

/** One emulated service behind the shared HTTP server. */
export interface AwsService {
  handle(request: IncomingMessage, response: ServerResponse, call: AwsCall): Promise<void>;
}

export interface AwsServer {
  /** `http://127.0.0.1:<port>`; an IP, so that the SDK picks path-style S3 addresses by itself. */
  readonly endpoint: string;
  close(): Promise<void>;
}

export interface AwsServerOptions {
  /** By SigV4 service name. May be filled after the start. */
  readonly services: ReadonlyMap<string, AwsService>;
  /** Called with what a service throws beyond its own errors: a defect of the emulator. */
  readonly onDefect: (error: unknown, call: AwsCall | undefined) => void;
  /** TCP port on 127.0.0.1; 0 for any free one. @default 0 */
  readonly port?: number;
  /** Wall time of the `Date` header, milliseconds since the epoch: SDK clients measure their clock's error by it. @default the machine's */
  readonly now?: () => number;
}

/** Starts the one HTTP endpoint that all emulated AWS services share. */
export async function startAwsServer(options: AwsServerOptions): Promise<AwsServer> {
  const server = createServer((request, response) => {
    void dispatch(request, response, options);
  });
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

async function dispatch(request: IncomingMessage, response: ServerResponse, options: AwsServerOptions): Promise<void> {
  let call: AwsCall | undefined;
  try {
    if (options.now) response.setHeader('date', new Date(options.now()).toUTCString());
    call = readCall(request);
    const service = options.services.get(call.service);
    if (!service) return refuse(response, 400, 'UnknownService', `No service ${call.service} runs here.`);
    await service.handle(request, response, call);
  } catch (error) {
    options.onDefect(error, call);
    if (!response.headersSent) refuse(response, 500, 'InternalFailure', 'The emulator failed; see the runner log.');
    else response.destroy();
  }
}

/** Credential scope: `<access key>/<date>/<region>/<service>/aws4_request`. */
function readCall(request: IncomingMessage): AwsCall {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const credential =
    /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1] ?? url.searchParams.get('X-Amz-Credential');
  const [accessKeyId = '', , region = '', service = ''] = (credential ?? '').split('/');
  // S3 is the only service that browsers and plain HTTP clients reach without a signature.
  return { service: service || 's3', accessKeyId, region, url };
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': type });
  response.end(JSON.stringify({ __type: type, message }));
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
