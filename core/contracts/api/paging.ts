import * as z from 'zod';

/** Graph's most entries of a page, and what it takes when nobody says. */
const MOST_ON_A_PAGE = 100;
const DEFAULT_PAGE = 25;
/** Longest cursor that we give out, characters; longer ones are nobody's. */
const LONGEST_CURSOR = 512;

/** Query parameters of every list with pages. */
export const PageQuery = {
  limit: z.coerce.number().int().min(1).max(MOST_ON_A_PAGE).default(DEFAULT_PAGE),
  after: z
    .string()
    .max(LONGEST_CURSOR)
    .optional()
    .meta({ description: 'paging.cursors.after of the page before this one' }),
} as const;

/** Graph's paging. A page may have fewer entries than asked for, even none, and still have a `next`: a request does bounded work. */
export const PagingSchema = z
  .object({
    cursors: z.object({ before: z.string().optional(), after: z.string() }),
    next: z.string(),
    previous: z.string(),
  })
  .partial()
  .meta({ id: 'Paging', description: 'There is more while there is a next, also when data is empty' });
export type Paging = z.infer<typeof PagingSchema>;
