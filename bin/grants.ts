import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readGrantRecord } from '../local/iam/grant-record.ts';
import { grantLine } from '../local/iam/grants.ts';
import { synthesis } from './gates/synthesis.ts';
import { grantsOfTemplate, USED_GRANTS, usedGrants } from './gates/unused-grants.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
/** Where `npm test` lets the tests record which grants they use. */
const RECORD = path.join(ROOT, 'node_modules', '.cache', 'pombo-used-grants.txt');

/** `npm run grants`: rewrites the committed list of used grants from the last `npm test`. */
async function main(): Promise<void> {
  if (!existsSync(RECORD)) {
    console.error('Nothing is recorded yet: run npm test first.');
    process.exitCode = 1;
    return;
  }
  const recorded = readGrantRecord(RECORD);
  const { whole } = await synthesis(ROOT);
  const used = usedGrants(grantsOfTemplate(whole), recorded).map(grantLine);
  writeFileSync(
    path.join(ROOT, USED_GRANTS),
    used
      .toSorted()
      .map((line) => `${line}\n`)
      .join(''),
  );
  console.log(`${USED_GRANTS}: ${used.length} grants`);
}

await main();
