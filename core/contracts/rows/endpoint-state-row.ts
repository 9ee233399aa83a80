import * as z from 'zod';
import { EndpointIdSchema } from '../../domain/ids.ts';

/**
 * A row of the endpoint states table (pk `endpointId`): how an endpoint fares. There is none for an endpoint that has never
 * failed, so health costs no write.
 */
export const EndpointStateRowSchema = z.object({
  endpointId: EndpointIdSchema,
  /** `open`: nothing but probes; `draining`: the backlog goes out, slowly at first. */
  breaker: z.enum(['closed', 'open', 'draining']),
  /** Grows with each opening; names the recovery execution. */
  generation: z.number().int(),
  openedAtMs: z.number().int().optional(),
  /** Why the breaker opened, one sentence. */
  openedBy: z.string().optional(),
  /** `Retry-After` of the whole endpoint: nothing is sent before. */
  notBeforeMs: z.number().int().optional(),
  /** First failure after the last success. */
  failingSinceMs: z.number().int().optional(),
  lastFailureAtMs: z.number().int().optional(),
  updatedAtMs: z.number().int(),
  /** Others had to wait for it (slow answers, more events than its rate): until then everything goes through its backlog. */
  slowUntilMs: z.number().int().optional(),
  /** Attempts since `windowAtMs` and how many of them failed; a new window begins after a minute. */
  windowAtMs: z.number().int().optional(),
  windowAttempts: z.number().int().optional(),
  windowFailures: z.number().int().optional(),
  /** Timeouts since the last answer. */
  timeoutsInRow: z.number().int().optional(),
  /** Since when the backlog goes out; the drain's pace grows with it. */
  drainingSinceMs: z.number().int().optional(),
  /** Whoever probes or drains at the moment, and until when nobody else may. */
  drainer: z.string().optional(),
  drainerUntilMs: z.number().int().optional(),
  /** Probes since the breaker opened. */
  probes: z.number().int().optional(),
  /** What the backlog gave since the breaker opened. */
  drained: z.number().int().optional(),
  died: z.number().int().optional(),
  /** Hours of failing that the owner has been warned of. */
  warnedHours: z.number().optional(),
});
export type EndpointStateRow = z.infer<typeof EndpointStateRowSchema>;
