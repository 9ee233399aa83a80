import { createHash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import type { RandomBytes } from './ids.ts';

/** 160 random bits can't be guessed. */
const KEY_BYTES = 20;
const OWN_FORM = /^pombo_([0-9a-f]{40})([0-9a-f]{8})$/;
const PREFIX = 'pombo_';

/**
 * An API key. Ours are `pombo_`, 40 hex digits and a CRC-32 of them (8 hex digits), so that secret scanners find them and a typing
 * error is told from a revoked key; an operator may choose another string of 8 to 128 visible ASCII characters.
 */
export const ApiKeySchema = z
  .string()
  .regex(/^[\u0021-\u007e]{8,128}$/, 'an API key is 8 to 128 visible ASCII characters without spaces')
  .brand<'ApiKey'>();
export type ApiKey = z.infer<typeof ApiKeySchema>;

const checksum = (hex: string): string => crc32(hex).toString(16).padStart(8, '0');

export function newApiKey(random: RandomBytes): ApiKey {
  const hex = Buffer.from(random(KEY_BYTES)).toString('hex');
  return ApiKeySchema.parse(`${PREFIX}${hex}${checksum(hex)}`);
}

/** True for a key that begins as ours do and can't be one: cut off or mistyped. */
export function isMistypedApiKey(key: string): boolean {
  if (!key.startsWith(PREFIX)) return false;
  const [, hex = '', sum] = OWN_FORM.exec(key) ?? [];
  return sum === undefined || checksum(hex) !== sum;
}

/** What is stored and looked up instead of the key: its SHA-256, 64 lower-case hex digits. */
export const hashApiKey = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Compares two hashes in constant time. */
export function sameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
