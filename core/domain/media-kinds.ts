/** What a file can be sent as: Meta's words, which are message types too. */
export const MEDIA_KINDS = ['image', 'video', 'audio', 'document', 'sticker'] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

const KB = 1024;
const MB = 1024 * KB;

/** What Meta lets a file of a kind be (cloud-api.md, section 3.2). */
export interface MediaLimits {
  /** Without parameters, lower case; undefined: any. */
  readonly mimeTypes: readonly string[] | undefined;
  readonly mostBytes: number;
}

export const MEDIA_LIMITS: Readonly<Record<MediaKind, MediaLimits>> = {
  image: { mimeTypes: ['image/jpeg', 'image/png'], mostBytes: 5 * MB },
  video: { mimeTypes: ['video/mp4', 'video/3gpp'], mostBytes: 16 * MB },
  audio: {
    mimeTypes: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'],
    mostBytes: 16 * MB,
  },
  // Meta lists nine types and takes others too; the recipient may not be able to open them.
  document: { mimeTypes: undefined, mostBytes: 100 * MB },
  // 100 KB for one that does not move, 500 KB for one that does, and only the file tells which it is.
  sticker: { mimeTypes: ['image/webp'], mostBytes: 500 * KB },
};

/** `audio/ogg; codecs=opus` is `audio/ogg`. */
export const bareMimeType = (mimeType: string): string => (mimeType.split(';')[0] ?? '').trim().toLowerCase();

/**
 * Why a file can't be sent as this kind: a sentence that says what is allowed; undefined: it can.
 * @param file.sizeBytes left out where it is not known yet
 */
export function misfitOf(
  kind: MediaKind,
  file: { readonly mimeType: string; readonly sizeBytes?: number | undefined },
): string | undefined {
  const { mimeTypes, mostBytes } = MEDIA_LIMITS[kind];
  const mimeType = bareMimeType(file.mimeType);
  if (mimeTypes && !mimeTypes.includes(mimeType)) {
    return `${mimeType || 'A file without type'} can't be sent as ${kind}, only ${mimeTypes.join(', ')}.`;
  }
  if (file.sizeBytes !== undefined && file.sizeBytes > mostBytes) {
    return `The file has ${file.sizeBytes} bytes; as ${kind} at most ${mostBytes} are allowed.`;
  }
  return undefined;
}
