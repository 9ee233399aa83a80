import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogFile, readLogFile } from '../../../local/logs/log-file.ts';
import type { LogLine } from '../../../local/logs/log-line.ts';

describe('log file', () => {
  let folder: string;
  beforeEach(() => {
    folder = path.join(mkdtempSync(path.join(tmpdir(), 'pombo-logs-')), 'logs');
  });
  afterEach(() => rmSync(path.dirname(folder), { recursive: true, force: true }));

  let now = 0;
  const clock = (): number => ++now;
  const line = (text: string, changes: Partial<LogLine> = {}): LogLine => ({
    part: 'connector',
    level: 'info',
    text,
    fields: {},
    ...changes,
  });
  const texts = () => readLogFile(folder).map(({ text }) => text);

  it('keeps information and each hop of a message, over restarts, with their times', () => {
    const first = openLogFile(folder, clock);
    first.keep(line('one'));
    first.keep(line('noise', { level: 'debug' }));
    first.keep(line('hop', { level: 'debug', fields: { messageId: 'wamid.A' } }));
    first.close();
    const second = openLogFile(folder, clock);
    second.keep(line('two'));
    second.close();
    expect(texts()).toEqual(['one', 'hop', 'two']);
    expect(readLogFile(folder)[1]).toMatchObject({ part: 'connector', fields: { messageId: 'wamid.A' } });
    const times = readLogFile(folder).map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('is for its owner alone', () => {
    const file = openLogFile(folder, clock);
    file.keep(line('one'));
    file.close();
    expect(statSync(path.join(folder, 'current.jsonl')).mode & 0o777).toBe(0o600);
  });

  it('keeps the latest lines only', () => {
    const file = openLogFile(folder, clock, 2000);
    for (let n = 0; n < 100; n++) file.keep(line(`line ${n}`));
    file.close();
    const kept = texts();
    expect(kept.length).toBeLessThan(60);
    expect(kept.length).toBeGreaterThan(15);
    expect(kept.at(-1)).toBe('line 99');
  });

  it('reads past a line that a crash cut off', () => {
    const file = openLogFile(folder, clock);
    file.keep(line('one'));
    appendFileSync(path.join(folder, 'current.jsonl'), '{"atMs":5,"part":"conn\n');
    file.keep(line('two'));
    file.close();
    expect(texts()).toEqual(['one', 'two']);
  });

  it('has nothing to read where nothing was kept', () => {
    expect(readLogFile(folder)).toEqual([]);
  });
});
