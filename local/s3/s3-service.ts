import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '#core/domain/clock.ts';
import type { Authorize, AwsRequest } from '../aws/authorize.ts';
import type { AwsCall, AwsService } from '../aws/aws-server.ts';
import { AwsError } from '../aws/json-protocol.ts';
import { isBucketName } from './bucket-actions.ts';
import { readBucketProperties } from './bucket-properties.ts';
import { expiryCutoff, isAbandoned, isExpired, nextMidnight } from './lifecycle-rule.ts';
import { forgetUpload } from './multipart-actions.ts';
import { ObjectFiles } from './object-files.ts';
import { ObjectStore } from './object-store.ts';
import { isDenied, type S3Answer, type S3Context } from './s3-action.ts';
import { s3Error } from './s3-error.ts';
import { readS3Request } from './s3-request.ts';
import { routeOf } from './s3-routes.ts';
import { type SecretOf, verifySignature } from './signature.ts';
import { element } from './xml.ts';

export interface S3Options {
  readonly clock: Clock;
  readonly database: DatabaseSync;
  /** Folder for the objects' bytes, for this service alone. */
  readonly folder: string;
  /** Signatures are checked with it. */
  readonly secretOf: SecretOf;
  /** @default us-east-1 */
  readonly region?: string;
  /** @default everything is allowed */
  readonly authorize?: Authorize;
}

export interface Swept {
  readonly objects: number;
  readonly uploads: number;
}

/** S3 with path-style addresses, without versions: metadata in SQLite, bytes in files. */
export class S3Service implements AwsService {
  readonly #options: S3Options;
  readonly #store: ObjectStore;
  readonly #files: ObjectFiles;
  #cancelSweep: () => void = () => undefined;

  /** Removes what a crash left over, ends what expired meanwhile, and from then on at each midnight UTC. */
  constructor(options: S3Options) {
    this.#options = options;
    this.#store = new ObjectStore(options.database);
    this.#files = new ObjectFiles(options.folder, this.#store.files());
    this.sweepNow();
    this.#armSweep();
  }

  async handle(message: IncomingMessage, response: ServerResponse, call: AwsCall): Promise<void> {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    response.setHeader('x-amz-request-id', requestId);
    try {
      const { clock, secretOf } = this.#options;
      const payloadHash = verifySignature(message, secretOf, clock.now());
      const request = readS3Request(message, call);
      await send(response, await routeOf(request)(request, this.#context(payloadHash, call)));
    } catch (error) {
      // The caller hung up in the middle of its body, or of our answer.
      if (response.destroyed || (message.destroyed && !message.complete)) return;
      if (!(error instanceof AwsError)) throw error;
      sendError(response, error, { method: message.method, requestId });
    }
  }

  /**
   * Makes the bucket of an AWS::S3::Bucket, or gives the existing one the template's lifecycle.
   * @param properties of the resource, references resolved
   * @throws ZodError for properties that the emulator does not have
   */
  createBucket(name: string, properties: unknown = {}): void {
    const rules = readBucketProperties(properties);
    if (!isBucketName(name)) throw new Error(`${name} is not a valid bucket name.`);
    this.#store.createBucket(name, this.#options.clock.now());
    this.#store.setLifecycle(name, rules);
  }

  /** Ends objects and unfinished uploads that the lifecycle rules no longer keep. */
  sweepNow(): Swept {
    const now = this.#options.clock.now();
    const context = { store: this.#store, files: this.#files };
    let [objects, uploads] = [0, 0];
    for (const { name, lifecycle } of this.#store.buckets().filter((bucket) => bucket.lifecycle.length > 0)) {
      for (const object of this.#store.objectsModifiedBefore(name, expiryCutoff(lifecycle, now))) {
        if (!isExpired(lifecycle, object, now)) continue;
        this.#store.deleteObject(name, object.key);
        this.#files.remove(object.segments);
        objects++;
      }
      for (const upload of this.#store.uploadsStartedBefore(name, now)) {
        if (!isAbandoned(lifecycle, upload, now)) continue;
        forgetUpload(upload, context);
        uploads++;
      }
    }
    return { objects, uploads };
  }

  /** Stops the sweeps and resolves when files that were to be removed are gone. */
  async close(): Promise<void> {
    this.#cancelSweep();
    await this.#files.settled();
  }

  #armSweep(): void {
    const { clock } = this.#options;
    this.#cancelSweep = clock.after(nextMidnight(clock.now()) - clock.now(), () => {
      this.sweepNow();
      this.#armSweep();
    });
  }

  #context(payloadHash: string, { accessKeyId }: AwsCall): S3Context {
    const { clock, authorize, region = 'us-east-1' } = this.#options;
    const ask = (action: string, resource: string, context: AwsRequest['context']): void => {
      try {
        authorize?.({ accessKeyId, action: `s3:${action}`, resource, ...(context && { context }) });
      } catch (error) {
        throw isDenied(error) ? s3Error('AccessDenied', error.message) : error;
      }
    };
    return {
      clock,
      store: this.#store,
      files: this.#files,
      region,
      payloadHash,
      allow(action, bucket, key) {
        const resource = bucket === '*' ? '*' : `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
        ask(action, resource, undefined);
      },
      allowListing: (bucket, prefix) => ask('ListBucket', `arn:aws:s3:::${bucket}`, { 's3:prefix': prefix }),
    };
  }
}

async function send(response: ServerResponse, { status, headers, body }: S3Answer): Promise<void> {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (typeof body === 'string') response.setHeader('content-type', 'application/xml');
  response.writeHead(status);
  if (body === undefined || typeof body === 'string') response.end(body);
  else await pipeline(body, response);
}

interface FailedRequest {
  readonly method: string | undefined;
  readonly requestId: string;
}

/** @throws what kept the answer from being sent whole, if its head has left already */
function sendError(response: ServerResponse, error: AwsError, { method, requestId }: FailedRequest): void {
  if (response.headersSent) throw error;
  const members = Object.entries(error.members).map(([name, value]) => element(name, String(value)));
  const body = element(
    'Error',
    element('Code', error.code),
    element('Message', error.message),
    members,
    element('RequestId', requestId),
  );
  response.writeHead(error.status, method === 'HEAD' ? {} : { 'content-type': 'application/xml' });
  response.end(method === 'HEAD' ? undefined : `<?xml version="1.0" encoding="UTF-8"?>\n${body.text}`);
}
