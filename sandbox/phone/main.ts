import { parseArgs } from 'node:util';
import { COMMANDS } from './commands.ts';
import { HELP } from './help.ts';
import { Advice, findRunning } from './run-file.ts';

const DEFAULT_DATA_FOLDER = '.pombo';

/** Runs one command. Returns the exit code: 0 done, 1 could not be done, 2 was not understood. */
async function main(argv: string[]): Promise<number> {
  const { values, positionals } = readArguments(argv);
  const [name, ...args] = positionals;
  if (name === undefined || name === 'help' || values.help) {
    console.log(HELP);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    console.error(`There is no command ${name}. \`npm run phone\` lists them all.`);
    return 2;
  }
  const needed = command.usage.match(/<[^>]+>/g)?.length ?? 0;
  if (args.length < needed) {
    console.error(`Usage: npm run phone -- ${name} ${command.usage}`);
    return 2;
  }
  await command.run(await findRunning(values.data), args, (line) => console.log(line));
  return 0;
}

function readArguments(argv: string[]): { values: { data: string; help: boolean }; positionals: string[] } {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      data: { type: 'string', default: DEFAULT_DATA_FOLDER },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { values, positionals };
}

/** What went wrong, as somebody at a terminal wants to read it. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Advice) return error.message;
  if (error instanceof TypeError && error.message === 'fetch failed') {
    return 'Pombo does not answer. Is `npm start` still running? (If it crashed, start it again.)';
  }
  return error.message;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
