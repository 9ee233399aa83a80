import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Pixels } from '../../functions/shared/thumbnail/pixels.ts';

/**
 * Pictures of 160 × 96 pixels that libvips has written: red and green above, blue and nearly white below. Those in `grey.jpg` are grey.
 */
export const picture = (name: string): Buffer => readFileSync(path.join(import.meta.dirname, 'pictures', name));

/** A picture of one color. */
export function flat(width: number, height: number, color: readonly [number, number, number]): Pixels {
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < rgb.length; at += 3) rgb.set(color, at);
  return { width, height, rgb };
}
