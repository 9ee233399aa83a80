/** A picture in memory, without transparency. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Three bytes a pixel, rows from the top. */
  readonly rgb: Uint8Array;
}

/** The bytes are no picture, or one of a kind that is not read. */
export class PictureError extends Error {
  override readonly name = 'PictureError';
}

/** Makes a picture smaller by averaging what falls on each of its pixels. @param longest of the result's sides, pixels */
export function shrink(picture: Pixels, longest: number): Pixels {
  const factor = Math.max(picture.width, picture.height) / longest;
  if (factor <= 1) return picture;
  const width = Math.max(1, Math.round(picture.width / factor));
  const height = Math.max(1, Math.round(picture.height / factor));
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const rows = spanOf(y, height, picture.height);
    for (let x = 0; x < width; x++) {
      const columns = spanOf(x, width, picture.width);
      rgb.set(meanOf(picture, rows, columns), (y * width + x) * 3);
    }
  }
  return { width, height, rgb };
}

type Span = readonly [from: number, to: number];

/** The pixels of the large side that fall on one of the small side; at least one. */
function spanOf(index: number, small: number, large: number): Span {
  const from = Math.floor((index * large) / small);
  return [from, Math.max(from + 1, Math.floor(((index + 1) * large) / small))];
}

function meanOf({ width, rgb }: Pixels, rows: Span, columns: Span): readonly number[] {
  let [red, green, blue] = [0, 0, 0];
  for (let y = rows[0]; y < rows[1]; y++) {
    for (let at = (y * width + columns[0]) * 3; at < (y * width + columns[1]) * 3; at += 3) {
      red += rgb[at] ?? 0;
      green += rgb[at + 1] ?? 0;
      blue += rgb[at + 2] ?? 0;
    }
  }
  const count = (rows[1] - rows[0]) * (columns[1] - columns[0]);
  return [red / count, green / count, blue / count];
}
