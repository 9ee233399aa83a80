import * as z from 'zod';

/**
 * The row of the tasks table that says which task owns the sessions; its key begins like no task id does. The epoch only
 * grows: whoever takes the lease over adds one (D6).
 */
export const LEASE_ROW_PREFIX = 'lease#';

export const LeaseRowSchema = z.object({
  taskId: z.string().startsWith(LEASE_ROW_PREFIX),
  epoch: z.number().int().nonnegative(),
  /** Task id of the owner; absent after it has left. */
  owner: z.string().optional(),
  /** The owner's incarnation. */
  incarnation: z.string().optional(),
});
export type LeaseRow = z.infer<typeof LeaseRowSchema>;
