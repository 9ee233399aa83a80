import type { Orientation } from '#core/domain/file-shape/picture-shape.ts';
import type { Pixels } from './pixels.ts';

/** Turns and mirrors a picture as its Exif orientation says, so that it is shown as it was taken. */
export function upright(picture: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return picture;
  const isOnItsSide = orientation >= 5;
  const [width, height] = isOnItsSide ? [picture.height, picture.width] : [picture.width, picture.height];
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // 5 to 8 are 1, 4, 3 and 2 of the picture with its sides exchanged.
      const [along, down] = isOnItsSide ? [y, x] : [x, y];
      const fromX = MIRRORED_ACROSS.has(orientation) ? picture.width - 1 - along : along;
      const fromY = MIRRORED_DOWN.has(orientation) ? picture.height - 1 - down : down;
      const from = (fromY * picture.width + fromX) * 3;
      rgb.set(picture.rgb.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return { width, height, rgb };
}

const MIRRORED_ACROSS: ReadonlySet<Orientation> = new Set([2, 3, 7, 8]);
const MIRRORED_DOWN: ReadonlySet<Orientation> = new Set([3, 4, 6, 7]);
