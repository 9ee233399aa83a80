import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { NOTICE_KINDS, noticeSlugOf } from '../../core/domain/notice.ts';
import { inventoryChanges } from '../../lib/validation/inventory.ts';
import { sharedRoles } from '../../lib/validation/own-roles.ts';
import { runbookGaps } from '../../lib/validation/runbook-articles.ts';
import { changedStatefulResources } from '../../lib/validation/stateful-resources.ts';
import type { BundleSize } from '../bundle.ts';
import { billFindings } from '../cost/bill-in-readme.ts';
import type { Gate } from './gate.ts';
import { quotaFindings } from './quotas.ts';
import { type Synthesis, SynthesisFailed, synthesis } from './synthesis.ts';
import { grantFindings, grantsOfTemplate, readUsedGrants, USED_GRANTS } from './unused-grants.ts';

/** Logical ids of everything that holds data; a change here is a decision about customers' data. */
export const STATEFUL_LIST = 'lib/validation/stateful-resources.json';
/** What the stack has, in words. */
export const INVENTORY = 'lib/validation/inventory.txt';
const RUNBOOK = 'docs/runbook.md';
export const README = 'README.md';

/** Largest bundle of a function, bytes (design.md section 5: a cold start reads all of it). */
const FUNCTION_BUDGET = 600_000;

/** Functions whose bundle is over the budget, one sentence each. */
export const oversizedFunctions = (sizes: readonly BundleSize[]): readonly string[] =>
  sizes
    .filter(({ file, bytes }) => file.startsWith('functions/') && bytes > FUNCTION_BUDGET)
    .map(({ file, bytes }) => `${file} has ${bytes} bytes, more than ${FUNCTION_BUDGET}`);

/**
 * Bundles, synthesizes with all template rules and cdk-nag, and compares the template with what is written down about it: the
 * runbook, the resources that hold data, the inventory, the idle bill in the README, and the grants that tests have used.
 */
export const infrastructureGate: Gate = {
  name: 'infrastructure',
  async run(root) {
    try {
      return findingsOf(await synthesis(root), (file) => readFileSync(path.join(root, file), 'utf8'));
    } catch (error) {
      if (error instanceof SynthesisFailed) return [error.message];
      throw error;
    }
  },
};

function findingsOf({ template, whole, sizes }: Synthesis, read: (file: string) => string): readonly string[] {
  const stateful = z.record(z.string(), z.string()).parse(JSON.parse(read(STATEFUL_LIST)));
  const of = (file: string, findings: readonly string[]): string[] => findings.map((finding) => `${file}: ${finding}`);
  return [
    ...oversizedFunctions(sizes),
    ...quotaFindings(template),
    ...sharedRoles(template),
    ...of(RUNBOOK, runbookGaps(template, read(RUNBOOK), NOTICE_KINDS.map(noticeSlugOf))),
    ...of(STATEFUL_LIST, changedStatefulResources(template, stateful)),
    ...of(INVENTORY, inventoryChanges(template, read(INVENTORY))),
    ...of(README, billFindings(template, read(README))),
    ...of(USED_GRANTS, grantFindings(grantsOfTemplate(whole), readUsedGrants(read(USED_GRANTS)))),
  ];
}
