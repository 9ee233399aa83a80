import type { Pixels } from './pixels.ts';

const BLOCK = 8;
const COEFFICIENTS = 64;
/** ITU T.81, table K.1, for quality 50; all components use it. */
// biome-ignore format: a table
const QUANTIZATION = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
/** Order of a block's coefficients in the file. */
// biome-ignore format: a table
const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
/** Tables K.3 and K.5: how many codes of each length there are, and what they stand for. */
const DC = { counts: '00010501010101010100000000000000', values: '000102030405060708090a0b' };
const AC = {
  counts: '0002010303020403050504040000017d',
  values:
    '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
};
const END_OF_BLOCK = 0x00;
const SIXTEEN_ZEROS = 0xf0;

/** Writes a small picture as a baseline JPEG. */
export function writeJpeg(picture: Pixels): Buffer {
  const bits = new BitWriter();
  const dc = codesOf(DC);
  const ac = codesOf(AC);
  const last = [0, 0, 0];
  for (let top = 0; top < picture.height; top += BLOCK) {
    for (let left = 0; left < picture.width; left += BLOCK) {
      blocksAt(picture, left, top).forEach((block, component) => {
        const coefficients = quantized(block);
        writeBlock(bits, coefficients, { dc, ac, last: last[component] ?? 0 });
        last[component] = coefficients[0] ?? 0;
      });
    }
  }
  return Buffer.concat([head(picture), bits.finish(), Buffer.from([0xff, 0xd9])]);
}

function head({ width, height }: Pixels): Buffer {
  const sides = Buffer.alloc(4);
  sides.writeUInt16BE(height, 0);
  sides.writeUInt16BE(width, 2);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('4a46494600010100000100010000', 'hex')),
    segment(0xdb, Buffer.from([0, ...ZIGZAG.map((at) => QUANTIZATION[at] ?? 1)])),
    segment(0xc0, Buffer.concat([Buffer.from([8]), sides, Buffer.from('03011100021100031100', 'hex')])),
    segment(0xc4, Buffer.from(`00${DC.counts}${DC.values}`, 'hex')),
    segment(0xc4, Buffer.from(`10${AC.counts}${AC.values}`, 'hex')),
    segment(0xda, Buffer.from('03010002000300003f00', 'hex')),
  ]);
}

function segment(marker: number, data: Buffer): Buffer {
  const start = Buffer.from([0xff, marker, 0, 0]);
  start.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([start, data]);
}

/** Y, Cb and Cr of eight by eight pixels; what is beyond the edge is as the edge. */
function blocksAt({ width, height, rgb }: Pixels, left: number, top: number): readonly Float64Array[] {
  const blocks = [0, 1, 2].map(() => new Float64Array(COEFFICIENTS));
  for (let at = 0; at < COEFFICIENTS; at++) {
    const x = Math.min(left + (at % BLOCK), width - 1);
    const y = Math.min(top + Math.floor(at / BLOCK), height - 1);
    const [r = 0, g = 0, b = 0] = rgb.subarray((y * width + x) * 3);
    const levels = [
      0.299 * r + 0.587 * g + 0.114 * b - 128,
      -0.168736 * r - 0.331264 * g + 0.5 * b,
      0.5 * r - 0.418688 * g - 0.081312 * b,
    ];
    levels.forEach((level, component) => blocks[component]?.fill(level, at, at + 1));
  }
  return blocks;
}

/** Cosines of the transform, by frequency and place. */
const COSINES = Array.from({ length: COEFFICIENTS }, (_, index) => {
  const [frequency, place] = [Math.floor(index / BLOCK), index % BLOCK];
  return (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * place + 1) * frequency * Math.PI) / (2 * BLOCK));
});

/** Discrete cosine transform, rows and then columns, and quantization, in the order of the file. */
function quantized(block: Float64Array): readonly number[] {
  const rows = transformed(block);
  const both = transformed(rows);
  return ZIGZAG.map((at) => Math.round((both[at] ?? 0) / (QUANTIZATION[at] ?? 1)));
}

/** Transforms each row, and turns the block by its diagonal. */
function transformed(block: Float64Array): Float64Array {
  const result = new Float64Array(COEFFICIENTS);
  for (let row = 0; row < BLOCK; row++) {
    for (let frequency = 0; frequency < BLOCK; frequency++) {
      let sum = 0;
      for (let place = 0; place < BLOCK; place++)
        sum += (block[row * BLOCK + place] ?? 0) * (COSINES[frequency * BLOCK + place] ?? 0);
      result[frequency * BLOCK + row] = sum;
    }
  }
  return result;
}

type Codes = ReadonlyMap<number, { readonly code: number; readonly length: number }>;

function codesOf({ counts, values }: typeof DC): Codes {
  const codes = new Map<number, { code: number; length: number }>();
  const symbols = Buffer.from(values, 'hex');
  let code = 0;
  Buffer.from(counts, 'hex').forEach((count, index) => {
    for (let each = 0; each < count; each++) {
      codes.set(symbols[codes.size] ?? 0, { code, length: index + 1 });
      code += 1;
    }
    code <<= 1;
  });
  return codes;
}

function writeBlock(
  bits: BitWriter,
  coefficients: readonly number[],
  { dc, ac, last }: { readonly dc: Codes; readonly ac: Codes; readonly last: number },
): void {
  writeNumber(bits, dc, 0, (coefficients[0] ?? 0) - last);
  let zeros = 0;
  for (const coefficient of coefficients.slice(1)) {
    if (coefficient === 0) {
      zeros += 1;
      continue;
    }
    for (; zeros > 15; zeros -= 16) bits.write(ac.get(SIXTEEN_ZEROS));
    writeNumber(bits, ac, zeros, coefficient);
    zeros = 0;
  }
  if (zeros > 0) bits.write(ac.get(END_OF_BLOCK));
}

/** How many zeros came before and how long the number is, in one code; then the number. */
function writeNumber(bits: BitWriter, codes: Codes, zeros: number, value: number): void {
  const length = value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1;
  bits.write(codes.get((zeros << 4) | length));
  if (length > 0) bits.write({ code: value < 0 ? value + (1 << length) - 1 : value, length });
}

class BitWriter {
  readonly #bytes: number[] = [];
  #byte = 0;
  #count = 0;

  write(bits: { readonly code: number; readonly length: number } = { code: 0, length: 0 }): void {
    for (let at = bits.length - 1; at >= 0; at--) {
      this.#byte = (this.#byte << 1) | ((bits.code >> at) & 1);
      this.#count += 1;
      if (this.#count === 8) this.#flush();
    }
  }

  finish(): Buffer {
    while (this.#count !== 0) this.write({ code: 1, length: 1 });
    return Buffer.from(this.#bytes);
  }

  #flush(): void {
    this.#bytes.push(this.#byte);
    // A byte that looks like a marker is followed by one that says that it is none.
    if (this.#byte === 0xff) this.#bytes.push(0);
    this.#byte = 0;
    this.#count = 0;
  }
}
