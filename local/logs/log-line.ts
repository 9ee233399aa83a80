import { stripVTControlCharacters } from 'node:util';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line of a part of the system, ready for the terminal. */
export interface LogLine {
  /** Which part speaks: a function's name, `connector`, `runner`, `sandbox` … */
  readonly part: string;
  readonly level: LogLevel;
  readonly text: string;
  /** What else a structured line carried. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export type LogSink = (line: LogLine) => void;

/** pino's numbers. */
const LEVEL_OF_NUMBER: Readonly<Record<number, LogLevel>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Fields that say nothing on a terminal where every line has its part and its time. */
const NOISE: ReadonlySet<string> = new Set([
  'level',
  'time',
  'timestamp',
  'msg',
  'message',
  'pid',
  'hostname',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
]);

/**
 * Reads a line that a function or a container wrote: Powertools' and pino's JSON become text, level and fields; any
 * other text stays as it is. Control characters are removed, since received text must not drive the terminal.
 */
export function parseLogLine(part: string, raw: string, level: LogLevel = 'info'): LogLine {
  const record = readObject(raw);
  if (!record) return { part, level, text: printable(raw), fields: {} };
  // Metrics in CloudWatch's embedded format are for a dashboard, not for a reader.
  if (record._aws !== undefined) return { part, level: 'debug', text: 'metrics', fields: without(record, '_aws') };
  const fields = Object.fromEntries(Object.entries(record).filter(([key]) => !NOISE.has(key)));
  const message = record.msg ?? record.message;
  return { part, level: levelOf(record.level) ?? level, text: printable(asText(message)), fields };
}

function without(record: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name && !NOISE.has(key)));
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Less terminal sequences and other control characters. */
export const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- finding them is the point
  stripVTControlCharacters(text).replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

function readObject(raw: string): Record<string, unknown> | undefined {
  if (!raw.startsWith('{')) return undefined;
  try {
    return JSON.parse(raw) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function levelOf(value: unknown): LogLevel | undefined {
  if (typeof value === 'number') return LEVEL_OF_NUMBER[value];
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (word === 'critical') return 'fatal';
  return LOG_LEVELS.find((level) => level === word);
}

/** Splits a stream's chunks into lines; the rest without line end is given at `flush`. */
export function lineSplitter(onLine: (line: string) => void): { push(chunk: Buffer | string): void; flush(): void } {
  const decoder = new TextDecoder();
  let rest = '';
  return {
    push(chunk) {
      const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') onLine(line);
    },
    flush() {
      if (rest.trim() !== '') onLine(rest);
      rest = '';
    },
  };
}
