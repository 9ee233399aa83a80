import { createHash } from 'node:crypto';
import { decodeAwsChunked } from './aws-chunked.ts';
import { type Checksum, type ChecksumAlgorithm, checksumHeader, readAlgorithm, startChecksum } from './checksum.ts';
import { s3Error } from './s3-error.ts';
import { readInteger, type S3Request } from './s3-request.ts';

/** Largest object of one PutObject and largest part: 5 GiB. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;

export interface BodyDigest {
  readonly size: number;
  /** Hex; the ETag of an object that is uploaded in one piece. */
  readonly md5: string;
  readonly checksum: Checksum | undefined;
}

/**
 * The body of a request, decoded. Its last chunk comes only after the size and every checksum that
 * the request carries (header, trailer, Content-MD5, signed SHA-256) were found right.
 */
export class ObjectBody {
  readonly #request: S3Request;
  readonly #payloadHash: string;
  readonly #algorithm: ChecksumAlgorithm | undefined;
  readonly #size: number;
  #digest: BodyDigest | undefined;

  /**
   * @param payloadHash from `verifySignature`
   * @param fallback computed when the request carries no checksum
   * @throws AwsError MissingContentLength, EntityTooLarge, NotImplemented
   */
  constructor(request: S3Request, payloadHash: string, fallback?: ChecksumAlgorithm) {
    this.#request = request;
    this.#payloadHash = payloadHash;
    if (payloadHash.startsWith('STREAMING-') && payloadHash !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
      throw s3Error('NotImplemented', `${payloadHash} is not implemented here; unsigned chunks are.`);
    }
    this.#size = declaredSize(request);
    if (this.#size > MAX_UPLOAD_BYTES) {
      throw s3Error('EntityTooLarge', undefined, {
        ProposedSize: String(this.#size),
        MaxSizeAllowed: String(MAX_UPLOAD_BYTES),
      });
    }
    this.#algorithm = declaredAlgorithm(request) ?? fallback;
  }

  /** What was read. Only after `chunks` has ended. */
  get digest(): BodyDigest {
    if (!this.#digest) throw new Error('The body has not been read.');
    return this.#digest;
  }

  /** @throws AwsError IncompleteBody, BadDigest, InvalidDigest, XAmzContentSHA256Mismatch */
  async *chunks(): AsyncGenerator<Buffer> {
    const trailers = new Map<string, string>();
    // The connection must outlive a body that is refused half-way: its caller waits for the reason.
    const raw: AsyncIterable<Buffer> = this.#request.message.iterator({ destroyOnReturn: false });
    const chunked = this.#payloadHash.startsWith('STREAMING-');
    const md5 = createHash('md5');
    const sha256 = /^[0-9a-f]{64}$/.test(this.#payloadHash) ? createHash('sha256') : undefined;
    const sum = this.#algorithm && startChecksum(this.#algorithm);
    let size = 0;
    for await (const chunk of chunked ? decodeAwsChunked(raw, trailers) : raw) {
      size += chunk.length;
      if (size > this.#size) throw s3Error('IncompleteBody');
      md5.update(chunk);
      sha256?.update(chunk);
      sum?.update(chunk);
      yield chunk;
    }
    if (size !== this.#size) throw s3Error('IncompleteBody');
    if (sha256 && sha256.digest('hex') !== this.#payloadHash) throw s3Error('XAmzContentSHA256Mismatch');
    const computed = md5.digest();
    this.#checkContentMd5(computed);
    const checksum = sum && { algorithm: sum.algorithm, value: sum.value() };
    if (checksum) this.#checkChecksum(checksum, trailers);
    this.#digest = { size, md5: computed.toString('hex'), checksum };
  }

  #checkContentMd5(computed: Buffer): void {
    const declared = this.#request.headers.get('content-md5');
    if (declared === undefined) return;
    const bytes = Buffer.from(declared, 'base64');
    if (bytes.length !== computed.length) throw s3Error('InvalidDigest');
    if (!bytes.equals(computed))
      throw s3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }

  #checkChecksum({ algorithm, value }: Checksum, trailers: ReadonlyMap<string, string>): void {
    const header = checksumHeader(algorithm);
    const trailer = this.#request.headers.get('x-amz-trailer')?.trim().toLowerCase() === header;
    const declared = trailer ? trailers.get(header) : this.#request.headers.get(header);
    if (trailer && declared === undefined) throw s3Error('InvalidRequest', `The trailer ${header} is missing.`);
    if (declared !== undefined && declared !== value) {
      throw s3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
    }
  }
}

/** Reads a small body (XML) whole, with the same checks. @throws AwsError EntityTooLarge above `maxBytes` */
export async function readSmallBody(request: S3Request, payloadHash: string, maxBytes: number): Promise<Buffer> {
  const body = new ObjectBody(request, payloadHash);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body.chunks()) {
    size += chunk.length;
    if (size > maxBytes) throw s3Error('EntityTooLarge', undefined, { MaxSizeAllowed: String(maxBytes) });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function declaredSize({ headers }: S3Request): number {
  const size = headers.get('x-amz-decoded-content-length') ?? headers.get('content-length');
  if (size === undefined) throw s3Error('MissingContentLength');
  return readInteger(size, 'Content-Length');
}

/** From `x-amz-checksum-<algorithm>` or from the name of the trailer. */
function declaredAlgorithm({ headers }: S3Request): ChecksumAlgorithm | undefined {
  const names = [...headers.keys(), headers.get('x-amz-trailer')?.trim().toLowerCase() ?? ''];
  const found = names
    .map((name) => /^x-amz-checksum-(?!algorithm$|mode$|type$)(.+)$/.exec(name)?.[1])
    .find((name) => name !== undefined);
  return found === undefined ? undefined : readAlgorithm(found);
}
