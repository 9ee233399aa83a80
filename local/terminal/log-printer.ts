import { styleText } from 'node:util';
import { LOG_LEVELS, type LogLevel, type LogLine, type LogSink } from '../logs/log-line.ts';

type Style = Parameters<typeof styleText>[0];

export interface LogPrinterOptions {
  /** Lines below it are left out. */
  readonly level: LogLevel;
  readonly now: () => number;
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
  /** @default what the terminal can */
  readonly color?: boolean;
}

const PART_COLORS: readonly Style[] = [
  'cyan',
  'green',
  'magenta',
  'blue',
  'yellow',
  'cyanBright',
  'greenBright',
  'magentaBright',
];
const LEVEL_STYLES: Readonly<Record<LogLevel, Style | undefined>> = {
  trace: 'dim',
  debug: 'dim',
  info: undefined,
  warn: 'yellow',
  error: 'red',
  fatal: ['red', 'bold'],
};
/** Width of the names of the parts; longer ones push their line to the right. */
const PART_WIDTH = 12;

/** Makes one terminal of the logs of all parts: time, part in its colour, text, fields. */
export function logPrinter({ level, now, write, color = true }: LogPrinterOptions): LogSink {
  const least = LOG_LEVELS.indexOf(level);
  const paint = (style: Style | undefined, text: string): string =>
    color && style !== undefined && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  return (line) => {
    if (LOG_LEVELS.indexOf(line.level) < least) return;
    const time = paint('dim', new Date(now()).toISOString().slice(11, 23));
    const part = paint(colorOf(line.part), line.part.padEnd(PART_WIDTH));
    const [first = '', ...rest] = line.text.split('\n');
    const head = [time, part, paint(LEVEL_STYLES[line.level], first), paint('dim', fieldsOf(line))];
    write(head.filter((piece) => piece !== '').join(' '));
    for (const more of rest) write(`${' '.repeat(12)} ${part} ${paint(LEVEL_STYLES[line.level], more)}`);
  };
}

/** The same part always has the same colour. */
function colorOf(part: string): Style | undefined {
  let sum = 0;
  for (const letter of part) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return PART_COLORS[sum % PART_COLORS.length];
}

function fieldsOf({ fields }: LogLine): string {
  return Object.entries(fields)
    .filter(([name, value]) => value !== undefined && name !== 'version')
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}
