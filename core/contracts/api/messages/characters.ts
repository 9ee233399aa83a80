import * as z from 'zod';

/** Characters as people count them: one for an emoji, although JavaScript counts two. */
const hasAtMost = (limit: number) => (text: string) => text.length <= limit || Array.from(text).length <= limit;

/** A text that can be sent, of up to so many characters; it may be empty. */
export const textOf = (mostCharacters: number) =>
  z
    .string()
    .refine(hasAtMost(mostCharacters), `must have at most ${mostCharacters} characters`)
    .refine((text) => text.isWellFormed(), 'must be valid Unicode, it has half of a surrogate pair')
    .meta({ maxLength: mostCharacters });

/** The same, with at least one character. */
export const someTextOf = (mostCharacters: number) =>
  textOf(mostCharacters)
    .refine((text) => text !== '', 'must have at least 1 characters')
    .meta({ minLength: 1, maxLength: mostCharacters });

/** What a request leaves out and what it sets to null mean the same to Meta. */
export const present = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
