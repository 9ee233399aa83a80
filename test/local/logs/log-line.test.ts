import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineSplitter, parseLogLine } from '../../../local/logs/log-line.ts';

describe('parseLogLine', () => {
  it.each([
    ['{"level":50,"msg":"bad","pid":1,"sessionUid":"s"}', 'error', 'bad', { sessionUid: 's' }],
    ['{"level":"WARN","message":"hm","timestamp":"t","accountId":"a"}', 'warn', 'hm', { accountId: 'a' }],
    ['{"level":"CRITICAL","message":{"a":1}}', 'fatal', '{"a":1}', {}],
    ['{"_aws":{"CloudWatchMetrics":[]},"SessionsOpen":1}', 'debug', 'metrics', { SessionsOpen: 1 }],
    ['plain text', 'info', 'plain text', {}],
    ['{not json', 'info', '{not json', {}],
    ['\u001b[31mred\u001b[0m \u0007bell\u009b2J', 'info', 'red bell', {}],
  ])('reads %s', (raw, level, text, fields) => {
    expect(parseLogLine('x', raw)).toMatchObject({ part: 'x', level, fields });
    expect(parseLogLine('x', raw).text.replaceAll('2J', '')).toBe(text);
  });

  it('never lets a control character through to the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        // oxlint-disable-next-line no-control-regex -- finding them is the point
        expect(parseLogLine('x', raw).text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      }),
    );
  });
});

describe('lineSplitter', () => {
  it('gives the lines of a stream however it is cut', () => {
    const lines = fc.array(fc.stringMatching(/^[a-zé🕊]{1,8}$/u), { minLength: 1 });
    fc.assert(
      fc.property(lines, fc.array(fc.nat(6)), (given, cuts) => {
        const seen: string[] = [];
        const splitter = lineSplitter((line) => seen.push(line));
        let bytes = Buffer.from(given.join('\n'));
        for (const cut of cuts) {
          splitter.push(bytes.subarray(0, cut));
          bytes = bytes.subarray(cut);
        }
        splitter.push(bytes);
        splitter.flush();
        expect(seen).toEqual(given);
      }),
    );
  });
});
