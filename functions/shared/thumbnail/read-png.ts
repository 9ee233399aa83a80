import { inflateSync } from 'node:zlib';
import { PictureError, type Pixels } from './pixels.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Largest picture that is read, pixels: it is whole in memory for a moment. */
const MOST_PIXELS = 8_000_000;
const WHITE = 255;
/** Bytes of a pixel by PNG's color type, for eight bits a channel: grey, RGB, palette, grey and RGB with transparency. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const PALETTE = 3;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly colorType: number;
  /** Bytes of a pixel. */
  readonly size: number;
}

/** Reads a PNG of eight bits a channel, transparency on white. @throws PictureError for anything else, and for what is too large */
export function readPng(bytes: Buffer): Pixels {
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new PictureError('no PNG');
  const chunks = chunksOf(bytes);
  const header = headerOf(chunks.find(({ type }) => type === 'IHDR')?.data);
  const { width, height, size } = header;
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const lines = inflated(packed, height * (1 + width * size));
  const palette = chunks.find(({ type }) => type === 'PLTE')?.data ?? Buffer.alloc(0);
  const rgb = new Uint8Array(width * height * 3);
  let before = new Uint8Array(width * size);
  for (let y = 0; y < height; y++) {
    const start = y * (1 + width * size);
    const line = unfiltered(lines[start] ?? 0, lines.subarray(start + 1, start + 1 + width * size), before, size);
    for (let x = 0; x < width; x++) rgb.set(colorOf(header, palette, line, x * size), (y * width + x) * 3);
    before = line;
  }
  return { width, height, rgb };
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

function chunksOf(bytes: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    chunks.push({ type: bytes.toString('latin1', at + 4, at + 8), data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function headerOf(data: Buffer | undefined): Header {
  if (!data || data.length < 13) throw new PictureError('no header');
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [depth, colorType = -1, , , interlace] = data.subarray(8);
  const size = CHANNELS[colorType];
  if (size === undefined || depth !== 8 || interlace !== 0) throw new PictureError('a kind of PNG that is not read');
  if (width === 0 || height === 0 || width * height > MOST_PIXELS) throw new PictureError('a size that is not read');
  return { width, height, colorType, size };
}

function inflated(packed: Buffer, length: number): Buffer {
  let lines: Buffer;
  try {
    lines = inflateSync(packed, { maxOutputLength: length });
  } catch (cause) {
    throw new PictureError('its data can not be unpacked', { cause });
  }
  if (lines.length < length) throw new PictureError('it ends early');
  return lines;
}

/** Undoes a line's filter (PNG specification, section 9.2). @param before the line above */
function unfiltered(filter: number, line: Uint8Array, before: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(line.length);
  for (let at = 0; at < line.length; at++) {
    const left = at < size ? 0 : (result[at - size] ?? 0);
    const up = before[at] ?? 0;
    const upLeft = at < size ? 0 : (before[at - size] ?? 0);
    result[at] = (line[at] ?? 0) + predicted(filter, left, up, upLeft);
  }
  return result;
}

function predicted(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const guess = left + up - upLeft;
  const [far, farUp, farUpLeft] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - upLeft)];
  if (far <= farUp && far <= farUpLeft) return left;
  return farUp <= farUpLeft ? up : upLeft;
}

function colorOf({ colorType, size }: Header, palette: Buffer, line: Uint8Array, at: number): readonly number[] {
  const first = line[at] ?? 0;
  if (colorType === PALETTE) return [...palette.subarray(first * 3, first * 3 + 3)];
  const color = size < 3 ? [first, first, first] : [first, line[at + 1] ?? 0, line[at + 2] ?? 0];
  if (size === 1 || size === 3) return color;
  const alpha = (line[at + size - 1] ?? 0) / WHITE;
  return color.map((level) => level * alpha + WHITE * (1 - alpha));
}
