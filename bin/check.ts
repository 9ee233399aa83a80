import path from 'node:path';
import { boundariesGate } from './gates/boundaries.ts';
import { duplicateInfrastructureGate } from './gates/duplicate-infrastructure.ts';
import type { Gate } from './gates/gate.ts';
import { infrastructureGate } from './gates/infrastructure.ts';
import { openApiGate } from './gates/open-api.ts';
import { pinnedVersionsGate } from './gates/pinned-versions.ts';
import { timeAndChanceGate } from './gates/time-and-chance.ts';
import { deadCodeGate, formatGate, lintGate, typesGate } from './gates/tools.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Longest first, so that the short ones fill the gaps. */
const GATES: readonly Gate[] = [
  infrastructureGate,
  typesGate,
  lintGate,
  deadCodeGate,
  boundariesGate,
  openApiGate,
  formatGate,
  duplicateInfrastructureGate,
  timeAndChanceGate,
  pinnedVersionsGate,
];

/** Two cores; each gate keeps one busy. */
const AT_ONCE = 2;

/** @returns true if the gate passed */
async function pass(gate: Gate): Promise<boolean> {
  const startedAt = performance.now();
  let findings: readonly string[];
  try {
    findings = await gate.run(ROOT);
  } catch (error) {
    findings = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${findings.length === 0 ? 'ok  ' : 'FAIL'} ${gate.name} (${seconds} s)`);
  for (const finding of findings) console.log(finding.replaceAll(/^/gm, '     '));
  return findings.length === 0;
}

async function main(): Promise<void> {
  const waiting = [...GATES];
  const failed: string[] = [];
  const worker = async (): Promise<void> => {
    for (let gate = waiting.shift(); gate; gate = waiting.shift()) {
      if (!(await pass(gate))) failed.push(gate.name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  console.log(failed.length === 0 ? `All ${GATES.length} gates passed` : `Failed: ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

await main();
