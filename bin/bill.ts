import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { billTable, withBill } from './cost/bill-in-readme.ts';
import { idleBill } from './cost/idle-bill.ts';
import { README } from './gates/infrastructure.ts';
import { synthesis } from './gates/synthesis.ts';

/** `npm run bill`: shows what an idle deployment costs a month, and writes it into the README. */
const ROOT = path.resolve(import.meta.dirname, '..');

const { template } = await synthesis(ROOT);
const file = path.join(ROOT, README);
writeFileSync(file, withBill(readFileSync(file, 'utf8'), template));
console.log(billTable(idleBill(template)));
