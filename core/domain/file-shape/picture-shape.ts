/** What a file says of how it is shown: phones lay out a message by it before they have the file. */
export interface FileShape {
  /** Pixels, as it is shown: turned where the file says so. */
  readonly width: number;
  readonly height: number;
  /** Of a picture: it moves. */
  readonly animated?: boolean;
  /** Of a film, rounded up. */
  readonly seconds?: number;
}

/** How a JPEG is to be turned, Exif's 1 to 8; from 5 on its sides are exchanged. */
export type Orientation = number;
const UPRIGHT: Orientation = 1;
const FIRST_ON_ITS_SIDE: Orientation = 5;

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const JPEG = Buffer.from('ffd8ff', 'hex');

/** @param head the beginning of a JPEG, PNG or WebP. @returns undefined for anything else, and where the beginning does not say it */
export function pictureShapeOf(head: Buffer): FileShape | undefined {
  const shape = orUndefined(() => {
    if (head.subarray(0, JPEG.length).equals(JPEG)) return jpegShapeOf(head);
    if (head.subarray(0, PNG.length).equals(PNG))
      return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
    return head.toString('latin1', 0, 4) === 'RIFF' ? webpShapeOf(head) : undefined;
  });
  return shape && shape.width > 0 && shape.height > 0 ? shape : undefined;
}

/** @returns what the Exif data of a JPEG says; upright where there are none */
export function orientationOf(head: Buffer): Orientation {
  for (const { marker, data } of segmentsOf(head)) {
    if (marker !== APP1 || data.toString('latin1', 0, 6) !== 'Exif\0\0') continue;
    const orientation = orUndefined(() => orientationIn(data.subarray(6)));
    return orientation !== undefined && orientation >= 1 && orientation <= 8 ? orientation : UPRIGHT;
  }
  return UPRIGHT;
}

const APP1 = 0xe1;
const START_OF_SCAN = 0xda;
/** Start of frame: all of C0 to CF but the tables C4 and CC and the reserved C8. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

interface Segment {
  readonly marker: number;
  readonly data: Buffer;
}

/** The segments before the picture itself. */
function* segmentsOf(head: Buffer): Generator<Segment> {
  for (let at = 2; at + 4 <= head.length && head[at] === 0xff; ) {
    const marker = head.readUInt8(at + 1);
    if (marker === START_OF_SCAN) return;
    const length = head.readUInt16BE(at + 2);
    yield { marker, data: head.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
  }
}

function jpegShapeOf(head: Buffer): FileShape | undefined {
  for (const { marker, data } of segmentsOf(head)) {
    if (!isFrame(marker)) continue;
    const [width, height] = [data.readUInt16BE(3), data.readUInt16BE(1)];
    return orientationOf(head) >= FIRST_ON_ITS_SIDE ? { width: height, height: width } : { width, height };
  }
  return undefined;
}

const ORIENTATION_TAG = 0x0112;
const ENTRY_BYTES = 12;

/** @param tiff the Exif data: a TIFF file. @throws RangeError where it points beyond its end */
function orientationIn(tiff: Buffer): Orientation | undefined {
  const isLittle = tiff.toString('latin1', 0, 2) === 'II';
  const word = (at: number): number => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  const entries = Array.from({ length: word(directory) }, (_, index) => directory + 2 + index * ENTRY_BYTES);
  const entry = entries.find((at) => word(at) === ORIENTATION_TAG);
  return entry === undefined ? undefined : word(entry + 8);
}

/** Of the extended format's flags. */
const ANIMATION = 0x02;
const FOURTEEN_BITS = 0x3fff;

/** The three formats of WebP, by the name of the first chunk (RFC 9649). */
function webpShapeOf(head: Buffer): FileShape | undefined {
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8X': {
      const [width, height] = [head.readUIntLE(24, 3) + 1, head.readUIntLE(27, 3) + 1];
      return { width, height, ...((head.readUInt8(20) & ANIMATION) !== 0 && { animated: true }) };
    }
    case 'VP8L': {
      const sides = head.readUInt32LE(21);
      return { width: (sides & FOURTEEN_BITS) + 1, height: ((sides >>> 14) & FOURTEEN_BITS) + 1 };
    }
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & FOURTEEN_BITS, height: head.readUInt16LE(28) & FOURTEEN_BITS };
    default:
      return undefined;
  }
}

/** What is cut off, or points beyond its end, says nothing. */
export function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
