import { describe, expect, it } from 'vitest';
import { logPrinter } from '../../../local/terminal/log-printer.ts';

const NOW = Date.parse('2026-11-20T12:00:00.123Z');

function print(color: boolean): { lines: string[]; log: ReturnType<typeof logPrinter> } {
  const lines: string[] = [];
  return { lines, log: logPrinter({ level: 'info', now: () => NOW, write: (line) => void lines.push(line), color }) };
}

describe('logPrinter', () => {
  it('prints time, part, text and fields', () => {
    const { lines, log } = print(false);
    log({ part: 'connector', level: 'info', text: 'task is active', fields: { epoch: 1, version: '0.1.0' } });
    expect(lines).toEqual(['12:00:00.123 connector    task is active epoch=1']);
  });

  it('leaves out what is below its level', () => {
    const { lines, log } = print(false);
    log({ part: 'api', level: 'debug', text: 'hop', fields: {} });
    expect(lines).toEqual([]);
  });

  it('names the part on each line of a text of several', () => {
    const { lines, log } = print(false);
    log({ part: 'mail', level: 'info', text: 'to a@b.c: Alarm\nbody', fields: {} });
    expect(lines[1]).toBe('             mail         body');
  });

  it('gives a part one colour, other parts others', () => {
    const { lines, log } = print(true);
    for (const part of ['api', 'api', 'connector']) log({ part, level: 'info', text: 'x', fields: {} });
    expect(lines[0]).toBe(lines[1]);
    expect(lines[0]).toContain('\u001b[');
  });
});
