import type { MediaKind } from '../media-kinds.ts';
import { FilmReader } from './film-shape.ts';
import { type FileShape, pictureShapeOf } from './picture-shape.ts';

/** Of a picture this is read, bytes: Exif data, color profile and preview of a camera stand before its size. */
const HEAD_BYTES = 256 * 1024;

/** Looks at a file that streams by for its shape: pictures, stickers and films. */
export class FileProbe {
  readonly #kind: MediaKind;
  readonly #film = new FilmReader();
  readonly #head: Buffer[] = [];
  #headBytes = 0;

  constructor(kind: MediaKind) {
    this.#kind = kind;
  }

  take(chunk: Buffer): void {
    if (this.#kind === 'video') return this.#film.take(chunk);
    if ((this.#kind !== 'image' && this.#kind !== 'sticker') || this.#headBytes >= HEAD_BYTES) return;
    this.#head.push(chunk);
    this.#headBytes += chunk.length;
  }

  /** Once the file has gone by. */
  shape(): FileShape | undefined {
    return this.#kind === 'video' ? this.#film.shape : pictureShapeOf(Buffer.concat(this.#head));
  }
}
