import process from 'node:process';
import { parseArgs } from 'node:util';
import { benchConnector } from './connector/bench-connector.ts';
import { benchCost } from './cost/bench-cost.ts';
import { type Bench, machine, render, writeInto } from './report.ts';
import { benchWebhooks } from './webhooks/bench-webhooks.ts';

// npm run bench -- connector|cost|webhooks [part …] [--quick] [--write]
// Measures in one run and prints a table; --write puts it into docs/benchmarks.md with the date and the machine. With parts
// (of the connector: cpuPerText, throughput, slowStore, idleSessions, failover) only those are measured, and nothing is written.

const BENCHES: Readonly<Record<string, Bench>> = {
  connector: benchConnector,
  cost: benchCost,
  webhooks: benchWebhooks,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const [name = '', ...parts] = positionals;
const bench = BENCHES[name];
if (!bench) {
  process.stderr.write(`Which bench? npm run bench -- ${Object.keys(BENCHES).join('|')} [--quick] [--write]\n`);
  process.exit(1);
}
const tables = await bench({ quick: values.quick, parts, say: (line) => void process.stderr.write(`${line}\n`) });
process.stdout.write(`${machine()}\n\n${render(tables)}\n`);
if (values.write && parts.length === 0) {
  writeInto(name, tables);
  process.stderr.write('Written to docs/benchmarks.md.\n');
}
process.exit(0);
