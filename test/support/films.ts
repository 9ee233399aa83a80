/** What stands in the header of a film. */
export interface Film {
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  /** By a quarter: it is shown with its sides exchanged. */
  readonly turned?: boolean;
  /** The second version of the headers, with times of eight bytes, and a size of eight bytes of the film's data. */
  readonly wide?: boolean;
  /** Behind the film's data, as cameras write it. */
  readonly headerLast?: boolean;
}

const A_THOUSAND_A_SECOND = 1000;
/** 1 as a fixed-point number of 16 and 16 bits, and of 2 and 30. */
const ONE = 0x10000;
const ONE_OF_30 = 0x40000000;

/** A film as ISO 14496-12 has it, of a track of sound and one of pictures, with any bytes in place of its data. */
export function film({ wide = false, headerLast = false, ...shown }: Film): Buffer {
  const data = Buffer.alloc(5000, 7);
  const media = wide ? largeBox('mdat', data) : box('mdat', data);
  const header = box(
    'moov',
    movieHeader(shown.seconds, wide),
    track({ width: 0, height: 0 }, wide),
    track(shown, wide),
  );
  const start = box('ftyp', Buffer.from('isom\0\0\x02\0isommp42', 'latin1'));
  return Buffer.concat(headerLast ? [start, box('free'), media, header] : [start, header, media]);
}

function box(name: string, ...parts: readonly Buffer[]): Buffer {
  const data = Buffer.concat(parts);
  return Buffer.concat([numbers(8 + data.length), Buffer.from(name, 'latin1'), data]);
}

const largeBox = (name: string, data: Buffer): Buffer =>
  Buffer.concat([numbers(1), Buffer.from(name, 'latin1'), numbers(0, 16 + data.length), data]);

/** Four bytes each. */
function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeInt32BE(value | 0, 4 * index));
  return bytes;
}

const version = (wide: boolean): number => (wide ? 0x01000000 : 0);
const time = (value: number, wide: boolean): readonly number[] => (wide ? [0, value] : [value]);

function movieHeader(seconds: number, wide: boolean): Buffer {
  const times = [...time(1, wide), ...time(1, wide), A_THOUSAND_A_SECOND];
  const length = time(seconds * A_THOUSAND_A_SECOND, wide);
  return box('mvhd', numbers(version(wide), ...times, ...length), Buffer.alloc(80));
}

function track({ width, height, turned = false }: Pick<Film, 'width' | 'height' | 'turned'>, wide: boolean): Buffer {
  const times = [...time(1, wide), ...time(1, wide), 1, 0, ...time(1, wide)];
  const matrix = turned ? [0, ONE, 0, -ONE, 0, 0, 0, 0, ONE_OF_30] : [ONE, 0, 0, 0, ONE, 0, 0, 0, ONE_OF_30];
  const header = numbers(version(wide), ...times, 0, 0, 0, 0, ...matrix, width * ONE, height * ONE);
  return box('trak', box('tkhd', header), box('mdia', Buffer.alloc(30)));
}
