import { API_CHECKS } from './api-checks.ts';
import type { Check } from './check.ts';
import { failedWrites } from './failed-writes.ts';
import { presignedUrl } from './media-check.ts';
import { queueOrder } from './queue-order.ts';
import { ACCOUNT_CHECKS } from './quotas.ts';
import { retryMachine } from './retry-machine.ts';

/** In the order in which they are walked; README, "First real deployment", says why each is there. */
export const CHECKS: readonly Check[] = [
  ...API_CHECKS,
  presignedUrl,
  retryMachine,
  queueOrder,
  failedWrites,
  ...ACCOUNT_CHECKS,
];
