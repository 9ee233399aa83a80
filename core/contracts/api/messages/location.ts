import * as z from 'zod';
import { textOf } from './characters.ts';

/** Longest name or address, characters: Meta writes of none; that of a list's body. */
const LONGEST_WORDS = 1024;

/** Meta's OpenAPI has text, its examples have numbers; both are taken. */
const degrees = (most: number) => {
  const wanted = `must be degrees from -${most} to ${most}`;
  const fits = (value: number | string): boolean =>
    (typeof value === 'number' || /^\s*[+-]?\d+(?:\.\d*)?\s*$/.test(value)) && Math.abs(Number(value)) <= most;
  return z.union([z.number(), z.string()], wanted).refine(fits, wanted).transform(Number);
};

export const LocationSchema = z
  .object({
    latitude: degrees(90),
    longitude: degrees(180),
    name: textOf(LONGEST_WORDS).nullish(),
    address: textOf(LONGEST_WORDS).nullish(),
  })
  .meta({ id: 'Location' });
