import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inventoryOf } from '../lib/validation/inventory.ts';
import { INVENTORY } from './gates/infrastructure.ts';
import { synthesis } from './gates/synthesis.ts';

/** `npm run inventory`: writes down what the stack has now, after a change that was meant. */
const ROOT = path.resolve(import.meta.dirname, '..');

const { template } = await synthesis(ROOT);
writeFileSync(path.join(ROOT, INVENTORY), inventoryOf(template));
console.log(`Wrote ${INVENTORY}. Read its diff before you commit it.`);
