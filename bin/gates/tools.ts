import { toolGate } from './gate.ts';

/** Formatting and import order. */
export const formatGate = toolGate('format', '@biomejs/biome/bin/biome', [
  'ci',
  '--colors=off',
  '--reporter=summary',
  '.',
]);

/** Lint rules that know types; a warning is an error, because nobody reads warnings. */
export const lintGate = toolGate('lint', 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']);

export const typesGate = toolGate('types', 'typescript/bin/tsc', ['-p', '.']);

/** Files, exports and dependencies that nobody uses. */
export const deadCodeGate = toolGate('dead code', 'knip/bin/knip.js', ['--no-progress', '--no-config-hints']);
