import * as z from 'zod';
import { someTextOf } from '../characters.ts';
import { bodyOf, footer, headers, LONGEST_BODY, native } from './parts.ts';

/** Meta's limits. */
const MOST_BUTTONS = 3;
const LONGEST_ID = 256;
const LONGEST_TITLE = 20;

const ButtonSchema = z.object({
  type: z.literal('reply').nullish(),
  reply: z.object({ id: someTextOf(LONGEST_ID), title: someTextOf(LONGEST_TITLE) }),
});

const areDifferent = (values: readonly string[]): boolean => new Set(values).size === values.length;

export const InteractiveButtonSchema = z
  .object({
    type: z.literal('button'),
    header: headers.any.nullish(),
    body: bodyOf(LONGEST_BODY),
    footer,
    native,
    action: z.object({
      buttons: z
        .array(ButtonSchema)
        .min(1)
        .max(MOST_BUTTONS)
        .refine((buttons) => areDifferent(buttons.map(({ reply }) => reply.id)), 'must have different ids')
        .refine((buttons) => areDifferent(buttons.map(({ reply }) => reply.title)), 'must have different titles'),
    }),
  })
  .meta({ id: 'InteractiveButton' });
