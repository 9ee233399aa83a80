import { type HuffmanTable, huffmanTable, JpegBits } from './jpeg-bits.ts';
import { PictureError, type Pixels } from './pixels.ts';

/** ITU T.81, table B.1. */
const Marker = { sof0: 0xc0, sof1: 0xc1, sof2: 0xc2, dht: 0xc4, soi: 0xd8, eoi: 0xd9, sos: 0xda, dqt: 0xdb, dri: 0xdd };
const ADOBE = 0xee;
const BLOCK = 8;
/** Coefficients of a block. */
const COEFFICIENTS = 64;
/** Largest picture that is read, pixels: sixteen thousandths of it stay in memory. */
const MOST_PIXELS = 50_000_000;

/** A progressive picture has a handful of them before each of its ten scans. */
const MOST_TABLES = 64;

interface Component {
  readonly id: number;
  /** How many of its blocks are in a unit, across and down. */
  readonly h: number;
  readonly v: number;
  readonly quantization: number;
  /** Blocks in a row and rows, filled up to whole units. */
  readonly stride: number;
  readonly rows: number;
  /** The mean of each block, before quantization is undone. */
  readonly means: Int32Array;
  isRead: boolean;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly unitsAcross: number;
  readonly unitsDown: number;
  readonly mostH: number;
  readonly mostV: number;
  readonly components: readonly Component[];
}

/**
 * Reads a JPEG at an eighth of its size: one pixel for each block, which is the block's mean and all that has to be computed. Baseline and
 * progressive; grey, YCbCr or RGB.
 * @throws PictureError for anything else, and for what is too large
 */
export function readJpeg(bytes: Uint8Array): Pixels {
  return new JpegReader(bytes).read();
}

class JpegReader {
  readonly #bytes: Uint8Array;
  readonly #quantization = new Map<number, number>();
  readonly #codes = new Map<number, HuffmanTable>();
  #tables = 0;
  #restartEvery = 0;
  #isPlainRgb = false;
  #frame: Frame | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(): Pixels {
    let at = 0;
    for (;;) {
      at = this.#nextMarker(at);
      const marker = this.#byte(at + 1);
      if (marker === Marker.eoi) break;
      if (marker === Marker.soi) {
        at += 2;
        continue;
      }
      const length = this.#word(at + 2);
      const segment = this.#bytes.subarray(at + 4, at + 2 + length);
      at += 2 + length;
      if (marker === Marker.sos) at = this.#scan(segment, at);
      else this.#take(marker, segment);
      // What is left only makes it sharper.
      if (this.#frame?.components.every(({ isRead }) => isRead)) break;
    }
    return this.#pixels();
  }

  #take(marker: number, segment: Uint8Array): void {
    if (marker === Marker.dqt) this.#takeQuantization(segment);
    else if (marker === Marker.dht) this.#takeCodes(segment);
    else if (marker === Marker.dri) this.#restartEvery = wordOf(segment, 0);
    else if (marker === ADOBE && segment.length > 11) this.#isPlainRgb = segment[11] === 0;
    else if (marker === Marker.sof0 || marker === Marker.sof1 || marker === Marker.sof2) {
      if (this.#frame) throw new PictureError('a second frame');
      this.#frame = frameOf(segment, marker === Marker.sof2);
    } else if (marker > Marker.sof2 && marker <= 0xcf) throw new PictureError('a kind of JPEG that is not read');
  }

  #takeQuantization(segment: Uint8Array): void {
    for (let at = 0; at < segment.length; ) {
      const head = segment[at] ?? 0;
      const isWide = head >> 4 !== 0;
      this.#quantization.set(head & 0xf, isWide ? wordOf(segment, at + 1) : (segment[at + 1] ?? 0));
      at += 1 + COEFFICIENTS * (isWide ? 2 : 1);
    }
  }

  #takeCodes(segment: Uint8Array): void {
    for (let at = 0; at + 17 <= segment.length; ) {
      const counts = segment.subarray(at + 1, at + 17);
      const size = counts.reduce((sum, count) => sum + count, 0);
      this.#tables += 1;
      if (this.#tables > MOST_TABLES) throw new PictureError('more tables than a picture has');
      this.#codes.set(segment[at] ?? 0, huffmanTable(counts, segment.subarray(at + 17, at + 17 + size)));
      at += 17 + size;
    }
  }

  /** Reads the means of one scan. @returns where the next marker is looked for */
  #scan(segment: Uint8Array, at: number): number {
    const frame = this.#frame;
    if (!frame) throw new PictureError('a scan before its frame');
    const count = segment[0] ?? 0;
    const [firstCoefficient = 0, , precision = 0] = segment.subarray(1 + 2 * count);
    // Means come first; these refine them, or are the rest of a block.
    if (frame.progressive && (firstCoefficient !== 0 || precision >> 4 !== 0)) return at;
    const bits = new JpegBits(this.#bytes, at);
    const parts = Array.from({ length: count }, (_, index) => {
      const component = frame.components.find(({ id }) => id === segment[1 + 2 * index]);
      const tables = segment[2 + 2 * index] ?? 0;
      const dc = this.#codes.get(tables >> 4);
      const ac = this.#codes.get(0x10 | (tables & 0xf));
      if (!component || !dc || !(ac ?? frame.progressive)) throw new PictureError('a scan without its tables');
      return { component, dc, ac: frame.progressive ? undefined : ac, shift: precision & 0xf, last: 0 };
    });
    scanUnits(frame, parts, { bits, restartEvery: this.#restartEvery });
    for (const { component } of parts) component.isRead = true;
    return bits.position;
  }

  #pixels(): Pixels {
    const frame = this.#frame;
    if (!frame?.components.every(({ isRead }) => isRead)) throw new PictureError('it ends early');
    const width = Math.ceil(frame.width / BLOCK);
    const height = Math.ceil(frame.height / BLOCK);
    const rgb = new Uint8ClampedArray(width * height * 3);
    const levels = frame.components.map(({ quantization }) => (this.#quantization.get(quantization) ?? 0) / BLOCK);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [first = 0, second, third] = frame.components.map(({ h, v, stride, means }, index) => {
          const place = Math.floor((y * v) / frame.mostV) * stride + Math.floor((x * h) / frame.mostH);
          return (means[place] ?? 0) * (levels[index] ?? 0) + 128;
        });
        rgb.set(
          second === undefined || third === undefined
            ? [first, first, first]
            : this.#isPlainRgb
              ? [first, second, third]
              : rgbOf(first, second - 128, third - 128),
          (y * width + x) * 3,
        );
      }
    }
    return { width, height, rgb: new Uint8Array(rgb.buffer) };
  }

  /** Looks over what is left of a scan. @throws PictureError when there is no marker any more */
  #nextMarker(from: number): number {
    for (let at = from; at + 1 < this.#bytes.length; at++) {
      if (this.#bytes[at] === 0xff && MARKERS.has(this.#byte(at + 1))) return at;
    }
    throw new PictureError('it ends early');
  }

  #byte(at: number): number {
    return this.#bytes[at] ?? 0;
  }

  #word(at: number): number {
    return wordOf(this.#bytes, at);
  }
}

/** All but those that stand inside a scan: stuffed bytes, fill bytes, restarts. */
const MARKERS: ReadonlySet<number> = new Set(
  Array.from({ length: 256 }, (_, marker) => marker).filter(
    (marker) => marker >= Marker.sof0 && marker < 0xff && !(marker >= 0xd0 && marker <= 0xd7),
  ),
);

interface ScanPart {
  readonly component: Component;
  readonly dc: HuffmanTable;
  /** Undefined: the scan has means only. */
  readonly ac: HuffmanTable | undefined;
  /** Bits of the mean that come later. */
  readonly shift: number;
  /** Mean of the block before. */
  last: number;
}

/** Units of several components hold the blocks of each; a component that is alone has one block a unit, and no filling. */
function scanUnits(
  frame: Frame,
  parts: ScanPart[],
  { bits, restartEvery }: { readonly bits: JpegBits; readonly restartEvery: number },
): void {
  const [only] = parts.length === 1 ? parts : [];
  const across = only ? blocksOf(frame.width, only.component.h, frame.mostH) : frame.unitsAcross;
  const down = only ? blocksOf(frame.height, only.component.v, frame.mostV) : frame.unitsDown;
  for (let unit = 0; unit < across * down; unit++) {
    if (restartEvery > 0 && unit > 0 && unit % restartEvery === 0) {
      bits.restart();
      for (const part of parts) part.last = 0;
    }
    const row = Math.floor(unit / across);
    for (const part of parts) readUnit(part, bits, { row, column: unit % across, single: only !== undefined });
  }
}

function readUnit(
  part: ScanPart,
  bits: JpegBits,
  { row, column, single }: { readonly row: number; readonly column: number; readonly single: boolean },
): void {
  const { h, v, stride, means } = part.component;
  const [across, down] = single ? [1, 1] : [h, v];
  for (let block = 0; block < across * down; block++) {
    const y = row * down + Math.floor(block / across);
    part.last += bits.signed(bits.decode(part.dc) & 0xf);
    means[y * stride + column * across + (block % across)] = part.last * (1 << part.shift);
    if (part.ac) skipBlock(bits, part.ac);
  }
}

/** The block without its mean. */
function skipBlock(bits: JpegBits, table: HuffmanTable): void {
  for (let coefficient = 1; coefficient < COEFFICIENTS; coefficient++) {
    const code = bits.decode(table);
    const length = code & 0xf;
    if (length === 0 && code !== 0xf0) return;
    coefficient += code >> 4;
    bits.skip(length);
  }
}

const blocksOf = (side: number, part: number, whole: number): number =>
  Math.ceil(Math.ceil((side * part) / whole) / BLOCK);

const wordOf = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** @throws PictureError */
function frameOf(segment: Uint8Array, progressive: boolean): Frame {
  const [precision, height, width, count = 0] = [segment[0], wordOf(segment, 1), wordOf(segment, 3), segment[5]];
  const isRead = precision === 8 && (count === 1 || count === 3) && width > 0 && height > 0;
  if (!isRead || width * height > MOST_PIXELS) throw new PictureError('a JPEG of a size or depth that is not read');
  const parts = Array.from({ length: count }, (_, index) => {
    const [id = 0, sampling = 0, quantization = 0] = segment.subarray(6 + 3 * index);
    return { id, h: sampling >> 4, v: sampling & 0xf, quantization };
  });
  if (!parts.every(({ h, v }) => h >= 1 && h <= 4 && v >= 1 && v <= 4)) throw new PictureError('a sampling of nothing');
  const mostH = Math.max(...parts.map(({ h }) => h));
  const mostV = Math.max(...parts.map(({ v }) => v));
  const unitsAcross = Math.ceil(width / (BLOCK * mostH));
  const unitsDown = Math.ceil(height / (BLOCK * mostV));
  const components = parts.map((part): Component => {
    const [stride, rows] = [unitsAcross * part.h, unitsDown * part.v];
    return { ...part, stride, rows, means: new Int32Array(stride * rows), isRead: false };
  });
  return { width, height, progressive, unitsAcross, unitsDown, mostH, mostV, components };
}

/** ITU T.871. */
const rgbOf = (y: number, cb: number, cr: number): readonly number[] => [
  y + 1.402 * cr,
  y - 0.344136 * cb - 0.714136 * cr,
  y + 1.772 * cb,
];
