import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import * as z from 'zod';
import { spawnTied } from './ecs/tied-child.ts';
import { type LogSink, lineSplitter, parseLogLine } from './logs/log-line.ts';
import { StartFailure } from './start-failure.ts';

const AddressesSchema = z.object({
  whatsappUrl: z.string(),
  controlUrl: z.string(),
  mediaHost: z.string(),
  caCertificateFile: z.string(),
});

/** The simulated WhatsApp in a process of its own, so that its cryptography keeps nothing waiting here. */
export interface SandboxProcess extends z.infer<typeof AddressesSchema> {
  /** Resolves when it has ended without having been asked to. */
  readonly died: Promise<string>;
  stop(): Promise<void>;
}

const MAIN = path.resolve(import.meta.dirname, '..', 'sandbox', 'main.ts');

/** @throws StartFailure with what it said when it does not start */
export async function startSandboxProcess(dataFolder: string, log: LogSink): Promise<SandboxProcess> {
  const child = spawnTied(['node', MAIN, '--data', dataFolder], {
    cwd: path.dirname(path.dirname(MAIN)),
    environment: Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >,
  });
  const errors: string[] = [];
  const lines = lineSplitter((line) => {
    errors.push(line);
    log(parseLogLine('sandbox', line, 'warn'));
  });
  child.stdout?.resume();
  child.stderr?.on('data', (chunk: Buffer) => lines.push(chunk));
  const exited = once(child, 'exit').then(([code, signal]) => `ended with ${String(signal ?? `code ${String(code)}`)}`);
  const ready = once(child, 'message').then(([message]) => AddressesSchema.parse(message));
  const first = await Promise.race([ready, exited]);
  if (typeof first === 'string')
    throw new StartFailure(sentenceOf(errors) ?? `The simulated WhatsApp did not start: it ${first}.`);
  let stopping = false;
  return {
    ...first,
    died: new Promise((resolve) => {
      void exited.then((how) => {
        if (!stopping) resolve(`The simulated WhatsApp ${how}.`);
      });
    }),
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The message of the error that ended it, without its stack. */
function sentenceOf(lines: readonly string[]): string | undefined {
  const line = lines.find((candidate) => /^(\w*Error|Uncaught).*: /.test(candidate));
  return line?.replace(/^(Uncaught )?\w*Error( \[\w+\])?: /, '');
}
