import { orientationOf } from '#core/domain/file-shape/picture-shape.ts';
import { PictureError, shrink } from './pixels.ts';
import { readJpeg } from './read-jpeg.ts';
import { readPng } from './read-png.ts';
import { upright } from './upright.ts';
import { writeJpeg } from './write-jpeg.ts';

export interface ThumbnailSize {
  /** Of its sides, pixels. */
  readonly longest: number;
  /** A JPEG of at most this is taken as it is, bytes: an eighth of its size would show little. */
  readonly smallBytes: number;
}

/** Beside the title of a page: what phones show there. */
export const PREVIEW_SIZE: ThumbnailSize = { longest: 192, smallBytes: 12 * 1024 };
/** In the place of a picture until the phone has it, blurred; it is in the message itself, and so in each row of it. */
export const PICTURE_SIZE: ThumbnailSize = { longest: 72, smallBytes: 1024 };

/** A small JPEG of a picture, JPEG or PNG, as it is shown; undefined for what is none of these, or damaged. Without native code. */
export function thumbnailOf(picture: Buffer, { longest, smallBytes }: ThumbnailSize): Buffer | undefined {
  try {
    if (!isJpeg(picture)) return writeJpeg(shrink(readPng(picture), longest));
    const pixels = readJpeg(picture);
    return picture.length <= smallBytes ? picture : writeJpeg(upright(shrink(pixels, longest), orientationOf(picture)));
  } catch (error) {
    if (error instanceof PictureError) return undefined;
    throw error;
  }
}

const isJpeg = (picture: Buffer): boolean => picture[0] === 0xff && picture[1] === 0xd8;
