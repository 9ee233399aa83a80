import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type CodeFolder, makeCodeFolder, removeCodeFolder } from '../lambda/code-folder.ts';

/** Content of a small file; made and written when it is not there. */
export function remembered(file: string, make: () => string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const text = make();
  writeFileSync(file, text, { mode: 0o600 });
  return text;
}

/** Removes what a killed runner of this data folder left behind, and makes a new one. */
export function freshCodeFolder(file: string): CodeFolder {
  if (existsSync(file)) removeCodeFolder(readFileSync(file, 'utf8').trim());
  const code = makeCodeFolder();
  writeFileSync(file, code.root);
  return code;
}
