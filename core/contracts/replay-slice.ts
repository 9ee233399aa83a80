import * as z from 'zod';
import { AccountIdSchema, JobIdSchema } from '../domain/ids.ts';

/** What goes through the replay machine from slice to slice. */
export const ReplaySliceSchema = z.object({
  accountId: AccountIdSchema,
  jobId: JobIdSchema,
  /** ARN of the machine itself: a function that it calls can't be told by its environment. */
  machine: z.string(),
  /** Slices that this execution has behind it. */
  slices: z.number().int(),
  /** Executions that this job has behind it. */
  execution: z.number().int(),
  /** All attempts at a slice failed. */
  giveUp: z.boolean().optional(),
});
export type ReplaySlice = z.infer<typeof ReplaySliceSchema>;
