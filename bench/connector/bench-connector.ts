import type { Bench, Table } from '../report.ts';
import { cpuPerText } from './cpu-per-text.ts';
import { failover } from './failover.ts';
import { idleSessions } from './idle-sessions.ts';
import { type Scene, withScene } from './scene.ts';
import { STORE_MS, slowStore } from './slow-store.ts';
import { throughput } from './throughput.ts';

/** What is measured, each with a simulator and tables of its own, and how much longer DynamoDB takes there. */
const PARTS: ReadonlyMap<
  string,
  { readonly measure: (scene: Scene) => Promise<Table>; readonly dynamoDelayMs?: number }
> = new Map([
  ['cpuPerText', { measure: cpuPerText }],
  ['throughput', { measure: throughput }],
  ['slowStore', { measure: slowStore, dynamoDelayMs: STORE_MS }],
  ['idleSessions', { measure: idleSessions }],
  ['failover', { measure: failover }],
]);

/** The connector against Baileys alone, on the same simulator, in one run. */
export const benchConnector: Bench = async (options) => {
  const tables: Table[] = [];
  for (const [name, { measure, ...store }] of PARTS) {
    if (options.parts.length > 0 && !options.parts.includes(name)) continue;
    tables.push(await withScene({ ...options, ...store }, measure));
  }
  return tables;
};
