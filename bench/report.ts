import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** One figure of a run. */
export interface Figure {
  readonly what: string;
  readonly pombo: string;
  /** The same thing done with Baileys alone, where there is such a thing. */
  readonly baileys?: string;
  /** What design.md section 5 asks for, and whether it was reached. */
  readonly goal?: string;
  readonly reached?: boolean;
}

export interface Table {
  readonly title: string;
  /** How it was measured, one or two sentences. */
  readonly how: string;
  readonly figures: readonly Figure[];
}

export interface BenchOptions {
  /** A tenth of the work: to see that it runs. */
  readonly quick: boolean;
  /** Names of what is measured; empty: everything. */
  readonly parts: readonly string[];
  readonly say: (line: string) => void;
}
export type Bench = (options: BenchOptions) => Promise<readonly Table[]>;

const PAGE = path.resolve(import.meta.dirname, '../docs/benchmarks.md');
const BYTES_A_GIB = 2 ** 30;

/** Date and machine of a run. */
export function machine(): string {
  const [cpu] = cpus();
  const day = new Date().toISOString().slice(0, 'yyyy-mm-dd'.length);
  const memory = Math.round(totalmem() / BYTES_A_GIB);
  return `${day}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${memory} GiB, Node ${process.versions.node}`;
}

/** The tables in Markdown. */
export function render(tables: readonly Table[]): string {
  return tables.map(renderTable).join('\n\n');
}

function renderTable({ title, how, figures }: Table): string {
  const rows = figures.map(
    ({ what, pombo, baileys = '', goal = '', reached }) =>
      `| ${[what, pombo, baileys, goal, reached === undefined ? '' : reached ? 'yes' : '**no**'].join(' | ')} |`,
  );
  const head = ['| | Pombo | Baileys alone | goal | reached |', '|---|---|---|---|---|'];
  return [`### ${title}`, '', how, '', ...head, ...rows].join('\n');
}

/** Replaces the part of docs/benchmarks.md that a bench has written before. */
export function writeInto(name: string, tables: readonly Table[]): void {
  const [from, to] = [`<!-- ${name}: written by npm run bench -->`, `<!-- end of ${name} -->`];
  const page = readFileSync(PAGE, 'utf8');
  const begin = page.indexOf(from);
  const end = page.indexOf(to);
  if (begin === -1 || end === -1) throw new Error(`docs/benchmarks.md has no place for ${name}.`);
  const text = `${from}\n\nMeasured ${machine()}.\n\n${render(tables)}\n\n`;
  writeFileSync(PAGE, page.slice(0, begin) + text + page.slice(end));
}
