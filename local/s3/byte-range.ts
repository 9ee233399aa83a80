/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a Range header for an object of `size` bytes.
 * @returns undefined when the whole object is to be sent: no header, several ranges (S3 sends one at
 *   most) or another form; `unsatisfiable` for 416
 */
export function readByteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '')
    return Number(last) === 0 || size === 0
      ? 'unsatisfiable'
      : { start: Math.max(0, size - Number(last)), end: size - 1 };
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

export interface Segment {
  readonly file: string;
  /** Bytes */
  readonly size: number;
}

/** Which bytes of which files make up a range of an object. */
export function segmentsWithin(
  segments: readonly Segment[],
  { start, end }: ByteRange,
): { readonly file: string; readonly start: number; readonly end: number }[] {
  let offset = 0;
  const slices = [];
  for (const { file, size } of segments) {
    const slice = { file, start: Math.max(0, start - offset), end: Math.min(size - 1, end - offset) };
    if (slice.start <= slice.end) slices.push(slice);
    offset += size;
  }
  return slices;
}
