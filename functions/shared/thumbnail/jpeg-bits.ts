import { PictureError } from './pixels.ts';

const MARKER = 0xff;
/** Nothing but zeros after the end of the data: what an encoder may have left out, and not a file that is cut off. */
const MOST_PADDING = 32;

/** By the next 16 bits: length of the code and its value. */
export type HuffmanTable = Uint16Array;

/** @param counts codes of each length from 1 to 16 bits. @param values in the order of their codes. @throws PictureError */
export function huffmanTable(counts: Uint8Array, values: Uint8Array): HuffmanTable {
  const table = new Uint16Array(65_536);
  let code = 0;
  let next = 0;
  counts.forEach((count, index) => {
    const bits = index + 1;
    for (let each = 0; each < count; each++) {
      const from = code << (16 - bits);
      const to = (code + 1) << (16 - bits);
      if (to > table.length) throw new PictureError('codes that do not fit');
      table.fill((bits << 8) | (values[next] ?? 0), from, to);
      next += 1;
      code += 1;
    }
    code <<= 1;
  });
  return table;
}

/** Reads the entropy-coded data of one scan, up to the next marker. */
export class JpegBits {
  readonly #data: Uint8Array;
  #position: number;
  #bits = 0;
  #count = 0;
  #padding = 0;

  constructor(data: Uint8Array, position: number) {
    this.#data = data;
    this.#position = position;
  }

  /** The next marker is not before. */
  get position(): number {
    return this.#position;
  }

  /** @throws PictureError */
  decode(table: HuffmanTable): number {
    const entry = table[this.#next16()] ?? 0;
    if (entry === 0) throw new PictureError('a code that is not in its table');
    this.skip(entry >> 8);
    return entry & 0xff;
  }

  /** @param length of the number, 0 to 15 bits; the lower half of its range stands for negative numbers */
  signed(length: number): number {
    if (length === 0) return 0;
    const value = this.#next16() >> (16 - length);
    this.skip(length);
    return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  skip(length: number): void {
    if (this.#count < length) this.#next16();
    this.#count -= length;
    this.#bits &= (1 << this.#count) - 1;
  }

  /** Goes on behind a restart marker, if there is one. */
  restart(): void {
    this.#bits = 0;
    this.#count = 0;
    const next = this.#data[this.#position + 1] ?? 0;
    if (this.#data[this.#position] === MARKER && next >= 0xd0 && next <= 0xd7) this.#position += 2;
  }

  #next16(): number {
    while (this.#count < 16) {
      this.#bits = (this.#bits << 8) | this.#byte();
      this.#count += 8;
    }
    return (this.#bits >> (this.#count - 16)) & 0xffff;
  }

  #byte(): number {
    const byte = this.#data[this.#position];
    const isStuffed = byte === MARKER && this.#data[this.#position + 1] === 0;
    if (byte === undefined || (byte === MARKER && !isStuffed)) {
      this.#padding += 1;
      if (this.#padding > MOST_PADDING) throw new PictureError('it ends early');
      return 0;
    }
    this.#position += isStuffed ? 2 : 1;
    return byte;
  }
}
