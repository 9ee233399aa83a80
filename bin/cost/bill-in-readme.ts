import type { Template } from '../../lib/validation/template.ts';
import { type Item, idleBill, totalOf } from './idle-bill.ts';
import { PRICES_AS_OF, PRICES_REGION } from './prices.ts';

/** USD a month (design.md section 5). */
const BUDGET = 17;

const BEGIN = '<!-- idle bill: written by npm run bill -->';
const END = '<!-- end of the idle bill -->';
const BETWEEN = new RegExp(`${BEGIN}[\\s\\S]*?${END}`);

const money = (usd: number): string => usd.toFixed(2);

/** The bill as a table of Markdown. */
export function billTable(bill: readonly Item[]): string {
  const rows = bill.map(({ what, how, usd }) => `| ${what} | ${how} | ${money(usd)} |`);
  return [
    `List prices of ${PRICES_REGION} on ${PRICES_AS_OF}, a month of 730 h, always-free tier used:`,
    '',
    '| item | | USD |',
    '|---|---|---|',
    ...rows,
    `| **together** | | **${money(totalOf(bill))}** |`,
  ].join('\n');
}

/** The README with the bill of this template. @throws Error when the README has no place for it */
export function withBill(readme: string, template: Template): string {
  if (!BETWEEN.test(readme)) throw new Error(`there are no lines "${BEGIN}" and "${END}"`);
  return readme.replace(BETWEEN, `${BEGIN}\n\n${billTable(idleBill(template))}\n\n${END}`);
}

/** A bill over the budget, one that can't be made out, and a README that says something else: one sentence each. */
export function billFindings(template: Template, readme: string): readonly string[] {
  try {
    const bill = idleBill(template);
    const total = totalOf(bill);
    const tooMuch = total > BUDGET ? [`an idle deployment costs $${money(total)} a month, more than $${BUDGET}`] : [];
    const drift = withBill(readme, template) === readme ? [] : ['the idle bill is another now; run: npm run bill'];
    return [...tooMuch, ...drift];
  } catch (error) {
    return [`the idle bill: ${error instanceof Error ? error.message : String(error)}`];
  }
}
