import { s3Error } from './s3-error.ts';

/** Longest line between chunks: a size, or one trailer. */
const MAX_LINE_BYTES = 1024;
const LINE_FEED = 0x0a;

/**
 * Undoes the content encoding `aws-chunked` of unsigned chunks: `<hex size>\r\n<data>\r\n … 0\r\n<trailers>\r\n`.
 * @param trailers receives the trailers (lower-case names) once the data has ended
 * @throws AwsError IncompleteBody when the body does not have this shape
 */
export async function* decodeAwsChunked(
  body: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const decoder = new Decoder(trailers);
  for await (const piece of body) yield* decoder.push(piece);
  if (!decoder.ended) throw malformed('The body ends within a chunk.');
}

class Decoder {
  ended = false;
  readonly #trailers: Map<string, string>;
  /** Bytes of data left in this chunk; 0 between chunks. */
  #left = 0;
  #state: 'size' | 'data' | 'data end' | 'trailers' = 'size';
  #line = Buffer.alloc(0);

  constructor(trailers: Map<string, string>) {
    this.#trailers = trailers;
  }

  *push(piece: Buffer): Generator<Buffer> {
    let at = 0;
    while (at < piece.length) {
      if (this.#state === 'data') {
        const data = piece.subarray(at, at + this.#left);
        at += data.length;
        this.#left -= data.length;
        if (this.#left === 0) this.#state = 'data end';
        yield data;
        continue;
      }
      const end = piece.indexOf(LINE_FEED, at);
      this.#line = Buffer.concat([this.#line, piece.subarray(at, end === -1 ? piece.length : end)]);
      if (this.#line.length > MAX_LINE_BYTES) throw malformed('A line between chunks is too long.');
      if (end === -1) return;
      at = end + 1;
      const line = this.#line.toString('latin1').replace(/\r$/, '');
      this.#line = Buffer.alloc(0);
      this.#endLine(line);
    }
  }

  #endLine(line: string): void {
    if (this.ended) throw malformed('There are bytes after the end.');
    if (this.#state === 'trailers') {
      const [, name, value] = /^([^:]+):(.*)$/.exec(line) ?? [];
      if (line === '') this.ended = true;
      else if (name === undefined || value === undefined) throw malformed('A trailer has no colon.');
      else this.#trailers.set(name.trim().toLowerCase(), value.trim());
    } else if (this.#state === 'data end') {
      if (line !== '') throw malformed('A chunk is longer than its size says.');
      this.#state = 'size';
    } else {
      if (!/^[0-9a-f]{1,10}$/i.test(line)) throw malformed('A chunk has no size.');
      this.#left = Number.parseInt(line, 16);
      this.#state = this.#left === 0 ? 'trailers' : 'data';
    }
  }
}

function malformed(reason: string): Error {
  return s3Error('IncompleteBody', `The request body is not aws-chunked. ${reason}`);
}
