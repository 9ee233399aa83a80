import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type Grant, grantLine } from './grants.ts';

/**
 * Appends each grant to a file when it is used for the first time. Several processes may write to one file.
 * @param file path; made when it is not there
 */
export function recordGrants(file: string): (grant: Grant) => void {
  const known = new Set<string>();
  return (grant) => {
    const line = grantLine(grant);
    if (known.has(line)) return;
    known.add(line);
    appendFileSync(file, `${line}\n`);
  };
}

/** Lines of a record; none when nothing was recorded yet. */
export function readGrantRecord(file: string): ReadonlySet<string> {
  return new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
}
