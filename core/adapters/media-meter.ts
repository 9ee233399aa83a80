import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

/** More bytes came than are allowed. */
export class TooManyBytesError extends Error {
  override readonly name = 'TooManyBytesError';
}

/** Passes a file on, counts and digests it, and fails as soon as it is too large. */
export class MediaMeter extends Transform {
  readonly #mostBytes: number;
  readonly #hash = createHash('sha256');
  #sizeBytes = 0;
  #sha256: Buffer | undefined;

  constructor(mostBytes: number) {
    super();
    this.#mostBytes = mostBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Digest of all that went through. Only after the end. */
  get sha256(): Buffer {
    if (!this.#sha256) throw new Error('the file has not ended');
    return this.#sha256;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > this.#mostBytes) {
      return done(new TooManyBytesError(`more than ${this.#mostBytes} bytes`));
    }
    this.#hash.update(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.#sha256 = this.#hash.digest();
    done();
  }
}
