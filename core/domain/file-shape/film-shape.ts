import { type FileShape, orUndefined } from './picture-shape.ts';

/** Longest header of a box, bytes: size, name, and the size once more if it takes eight. */
const HEADER_BYTES = 16;
const LARGE = 1;
/** The box that says what the film is; of 16 MB of video it is some hundred KB. */
const MOVIE = 'moov';
const MOST_MOVIE_BYTES = 4 * 1024 * 1024;

/**
 * Reads the shape of an MP4 or 3GPP film while it streams by: it stands at the beginning or at the end. Of the film itself nothing is kept.
 */
export class FilmReader {
  #head = Buffer.alloc(0);
  /** Bytes of the present box that are passed over. */
  #skip = 0;
  /** Bytes of the movie box that have not come yet. */
  #missing = 0;
  readonly #movie: Buffer[] = [];
  #isOver = false;
  shape: FileShape | undefined;

  take(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0 && !this.#isOver) rest = this.#step(rest);
  }

  /** @returns what is left of the bytes */
  #step(bytes: Buffer): Buffer {
    if (this.#missing > 0) return this.#keep(bytes);
    if (this.#skip > 0) {
      const count = Math.min(this.#skip, bytes.length);
      this.#skip -= count;
      return bytes.subarray(count);
    }
    const head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    this.#head = head.length < HEADER_BYTES ? Buffer.from(head) : Buffer.alloc(0);
    return this.#head.length > 0 ? this.#head.subarray(0, 0) : this.#enter(head);
  }

  #enter(head: Buffer): Buffer {
    const isLarge = head.readUInt32BE(0) === LARGE;
    const headerBytes = isLarge ? 16 : 8;
    const size = (isLarge ? Number(head.readBigUInt64BE(8)) : head.readUInt32BE(0)) - headerBytes;
    const isMovie = head.toString('latin1', 4, 8) === MOVIE;
    // A box without size goes on to the end.
    this.#isOver = size < 0 || (isMovie && (size > MOST_MOVIE_BYTES || size === 0));
    if (isMovie) this.#missing = size;
    else this.#skip = size;
    return head.subarray(headerBytes);
  }

  #keep(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#missing);
    this.#movie.push(part);
    this.#missing -= part.length;
    if (this.#missing === 0) {
      this.shape = orUndefined(() => shapeOf(Buffer.concat(this.#movie)));
      this.#isOver = true;
    }
    return bytes.subarray(part.length);
  }
}

interface Box {
  readonly name: string;
  readonly data: Buffer;
}

function boxesIn(data: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= data.length; ) {
    const size = data.readUInt32BE(at);
    if (size < 8) break;
    boxes.push({ name: data.toString('latin1', at + 4, at + 8), data: data.subarray(at + 8, at + size) });
    at += size;
  }
  return boxes;
}

/** Of a header box: its second version has times of eight bytes. */
const isWide = (data: Buffer): boolean => data.readUInt8(0) === 1;

/** @throws RangeError */
function shapeOf(movie: Buffer): FileShape | undefined {
  const boxes = boxesIn(movie);
  const tracks = boxes.filter(({ name }) => name === 'trak').flatMap(({ data }) => boxesIn(data));
  const sides = tracks.filter(({ name }) => name === 'tkhd').map(({ data }) => sidesOf(data));
  // Tracks of sound have no size.
  const shown = sides.find(({ width, height }) => width > 0 && height > 0);
  const header = boxes.find(({ name }) => name === 'mvhd')?.data;
  const seconds = header && secondsOf(header);
  return shown && { ...shown, ...(seconds ? { seconds } : {}) };
}

/** ISO 14496-12, 8.3.2: sides are fixed-point numbers of 16 and 16 bits; the matrix says whether they are exchanged. */
function sidesOf(header: Buffer): { readonly width: number; readonly height: number } {
  const matrix = isWide(header) ? 52 : 40;
  const [width, height] = [header.readUInt16BE(matrix + 36), header.readUInt16BE(matrix + 40)];
  const isTurned = header.readInt32BE(matrix) === 0 && header.readInt32BE(matrix + 4) !== 0;
  return isTurned ? { width: height, height: width } : { width, height };
}

/** ISO 14496-12, 8.2.2. */
function secondsOf(header: Buffer): number | undefined {
  const [at, wide] = isWide(header) ? [20, true] : [12, false];
  const unitsASecond = header.readUInt32BE(at);
  const units = wide ? Number(header.readBigUInt64BE(at + 4)) : header.readUInt32BE(at + 4);
  const seconds = Math.ceil(units / unitsASecond);
  return Number.isFinite(seconds) && seconds < MOST_SECONDS ? seconds : undefined;
}

/** A day; a film without a length has all bits set. */
const MOST_SECONDS = 86_400;
