import * as z from 'zod';
import { someTextOf } from './characters.ts';

/** WhatsApp's own limits of polls. */
const LONGEST_QUESTION = 255;
const LONGEST_OPTION = 100;
const FEWEST_OPTIONS = 2;
const MOST_OPTIONS = 12;

export const PollSchema = z
  .object({
    name: someTextOf(LONGEST_QUESTION).meta({ description: 'The question' }),
    options: z
      .array(someTextOf(LONGEST_OPTION))
      .min(FEWEST_OPTIONS)
      .max(MOST_OPTIONS)
      .refine((options) => new Set(options).size === options.length, 'must be different from each other'),
    selectable_count: z
      .int()
      .min(0)
      .max(MOST_OPTIONS)
      .nullish()
      .meta({ description: 'How many options one person may choose; 0, or left out: any number' }),
  })
  .refine(({ options, selectable_count: count }) => (count ?? 0) <= options.length, {
    message: 'must be at most the number of options',
    path: ['selectable_count'],
  })
  .meta({ id: 'Poll', description: 'Extension: Meta’s API sends no polls' });
