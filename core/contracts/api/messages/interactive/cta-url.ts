import * as z from 'zod';
import { someTextOf } from '../characters.ts';
import { bodyOf, footer, headers, LONGEST_BODY, native } from './parts.ts';

/** Meta's limit, characters. */
const LONGEST_DISPLAY_TEXT = 20;
/** Longest address that browsers and phones agree on, characters. */
const LONGEST_URL = 2000;
const URL_WANTED = 'must be an https or http address';

export const InteractiveCtaUrlSchema = z
  .object({
    type: z.literal('cta_url'),
    header: headers.any.nullish(),
    body: bodyOf(LONGEST_BODY),
    footer,
    native,
    action: z.object({
      name: z.literal('cta_url'),
      parameters: z.object({
        display_text: someTextOf(LONGEST_DISPLAY_TEXT),
        url: someTextOf(LONGEST_URL).refine((url) => /^https?:\/\//i.test(url) && URL.canParse(url), URL_WANTED),
      }),
    }),
  })
  .meta({ id: 'InteractiveCtaUrl' });
