import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FAILING_METHODS } from './failing-methods.ts';

const read = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const page = read('docs/compatibility.md');
const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Readonly<Record<string, string>> };

it.each(FAILING_METHODS)('docs/compatibility.md says why $methods of $client fail', ({ client, methods, reason }) => {
  expect(page).toContain(`| \`${client}\` | ${devDependencies[client]} |`);
  const row = `| ${methods.map((method) => `\`${method}\``).join(', ')} | ${reason} |`;
  expect(page).toContain(row);
});

it('docs/compatibility.md names no method that works among those', () => {
  const section = page.slice(page.indexOf('## What does not'), page.indexOf('**The known gap'));
  expect(section.split('\n').filter((line) => /^\| .*\| `/.test(line))).toHaveLength(FAILING_METHODS.length);
});
