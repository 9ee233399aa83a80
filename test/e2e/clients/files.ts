/** A small file as a client sends it. */
export interface SampleFile {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Buffer<ArrayBuffer>;
}

const file = (name: string, mimeType: string, bytes: Buffer<ArrayBuffer>): SampleFile => ({ name, mimeType, bytes });

/** One pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const WEBP = 'UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA';

export const FILES = {
  image: file('foto.png', 'image/png', Buffer.from(PNG, 'base64')),
  video: file('filme.mp4', 'video/mp4', Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1')),
  audio: file('voz.ogg', 'audio/ogg', Buffer.from(`OggS\0\x02${'\0'.repeat(20)}\x01\x13OpusHead\x01\x01`, 'latin1')),
  document: file('nota.pdf', 'application/pdf', Buffer.from('%PDF-1.4\n%%EOF\n')),
  sticker: file('figura.webp', 'image/webp', Buffer.from(WEBP, 'base64')),
} as const satisfies Record<string, SampleFile>;
export type FileKind = keyof typeof FILES;
