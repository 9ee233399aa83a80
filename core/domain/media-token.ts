import { createHmac, timingSafeEqual } from 'node:crypto';
import { type MediaId, MediaIdSchema } from './ids.ts';

/** Meta's media URLs live five minutes. */
export const MEDIA_URL_LIVES_S = 300;

/** What a media URL says: which file, and until when. */
export interface MediaToken {
  readonly mediaId: MediaId;
  /** Seconds since the epoch. */
  readonly expiresAtS: number;
}

const TOKEN = /^(?<mediaId>\d{20})\.(?<expires>\d{10,11})\.(?<mac>[\w-]{43})$/;

/** Whoever has the token may fetch the file until it expires, and can make no other out of it. */
export const signMediaToken = (token: MediaToken, key: Uint8Array): string =>
  `${token.mediaId}.${token.expiresAtS}.${macOf(token, key).toString('base64url')}`;

/** Reads a token without believing it. @returns undefined for what has not a token's form */
export function readMediaToken(text: string): MediaToken | undefined {
  const { mediaId, expires } = TOKEN.exec(text)?.groups ?? {};
  const id = MediaIdSchema.safeParse(mediaId);
  return id.success ? { mediaId: id.data, expiresAtS: Number(expires) } : undefined;
}

/** Compares in constant time. */
export function isMediaTokenOf(text: string, key: Uint8Array): boolean {
  const token = readMediaToken(text);
  const mac = Buffer.from(TOKEN.exec(text)?.groups?.['mac'] ?? '', 'base64url');
  const expected = token && macOf(token, key);
  return expected?.length === mac.length && timingSafeEqual(expected, mac);
}

const macOf = ({ mediaId, expiresAtS }: MediaToken, key: Uint8Array): Buffer =>
  createHmac('sha256', key).update(`media:${mediaId}.${expiresAtS}`).digest();
