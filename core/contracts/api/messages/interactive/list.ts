import * as z from 'zod';
import { someTextOf, textOf } from '../characters.ts';
import { bodyOf, footer, headers, LONGEST_LIST_BODY, native } from './parts.ts';

/** Meta's limits. */
const MOST_SECTIONS = 10;
const MOST_ROWS = 10;
const LONGEST_BUTTON = 20;
const LONGEST_SECTION = 24;
const LONGEST_ID = 200;
const LONGEST_TITLE = 24;
const LONGEST_DESCRIPTION = 72;

const RowSchema = z.object({
  id: someTextOf(LONGEST_ID),
  title: someTextOf(LONGEST_TITLE),
  description: textOf(LONGEST_DESCRIPTION).nullish(),
});

const SectionSchema = z.object({
  title: textOf(LONGEST_SECTION).nullish(),
  rows: z.array(RowSchema).min(1).max(MOST_ROWS),
});
type Section = z.output<typeof SectionSchema>;

const rowsOf = (sections: readonly Section[]) => sections.flatMap(({ rows }) => rows);

export const InteractiveListSchema = z
  .object({
    type: z.literal('list'),
    header: headers.text.nullish(),
    body: bodyOf(LONGEST_LIST_BODY),
    footer,
    native,
    action: z.object({
      button: someTextOf(LONGEST_BUTTON).meta({ description: 'What opens the list' }),
      sections: z
        .array(SectionSchema)
        .min(1)
        .max(MOST_SECTIONS)
        .refine((sections) => rowsOf(sections).length <= MOST_ROWS, `must have at most ${MOST_ROWS} rows in all`)
        .refine(
          (sections) => new Set(rowsOf(sections).map(({ id }) => id)).size === rowsOf(sections).length,
          'must have rows with different ids',
        )
        .refine(
          (sections) => sections.length === 1 || sections.every(({ title }) => Boolean(title)),
          'must each have a title where there is more than one',
        ),
    }),
  })
  .meta({ id: 'InteractiveList' });
