import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { type ApiKey, ApiKeySchema } from '#core/domain/api-key.ts';
import type { Secrets } from './runner/container-secrets.ts';
import { StartFailure } from './start-failure.ts';

/** What `npm start` was asked for. */
export interface StartOptions {
  /** Port of the API on 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** Absolute path of the data folder. */
  readonly dataFolder: string;
  /** As the user wrote it, for sentences and commands to paste. */
  readonly dataFolderShown: string;
  /** Empties the data folder first. */
  readonly reset: boolean;
  readonly apiKey: ApiKey | undefined;
  /** One line of JSON on stdout when ready, everything else on stderr. */
  readonly json: boolean;
  readonly whatsapp: 'sandbox' | 'live' | URL;
  /** Concurrent executions of Lambda in the account, as a new AWS account has few; undefined for AWS's default. */
  readonly accountConcurrency: number | undefined;
  /** Connector tasks; undefined for what the deployment's options say. */
  readonly tasks: number | undefined;
  /** Secrets of containers, by variable or ARN; undefined for variables of this process. */
  readonly secrets: Secrets | undefined;
}

/** Next to no program listens there by default. */
export const DEFAULT_PORT = 4700;
export const DEFAULT_DATA_FOLDER = '.pombo';
const LAST_PORT = 65_535;

export const USAGE = `Usage: npm start -- [options]
Runs Pombo on this machine against a simulated WhatsApp.
  --port <n>        port of the API on 127.0.0.1 (default ${DEFAULT_PORT}, 0 for any free one)
  --data <folder>   where everything is kept (default ${DEFAULT_DATA_FOLDER}); survives a restart
  --reset           empty the data folder first
  --api-key <key>   use this API key (8 to 128 visible characters) instead of a generated one
  --json            one line on stdout when ready: {"api","apiKey","sandbox","data"}; logs go to stderr
  --live            the real WhatsApp; its QR code is shown here
  --whatsapp <url>  another WhatsApp server: wss://…, or ws:// on this machine
  --account-concurrency <n>
                    Lambda functions that run at once (default 1000; a new AWS account has 10): more are throttled
  --tasks <n>       connector tasks (default: taskCount); with 2, kill one and see the other take over
  --secrets <file>  JSON object with the secrets of containers, by variable: {"POMBO_PROXY_CREDENTIALS_…":"user:password"}
  --help
LOG_LEVEL=debug npm start shows each hop of a message.`;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Reads the command line. Returns undefined when help is asked for.
 * @throws StartFailure with a sentence about what is wrong
 */
export function parseOptions(args: readonly string[]): StartOptions | undefined {
  const values = readArguments(args);
  if (values.help) return undefined;
  if (values.live && values.whatsapp !== undefined)
    throw new StartFailure(
      '--live and --whatsapp exclude each other: the first is the real WhatsApp, the second another server.',
    );
  return {
    port: portOf(values.port),
    dataFolder: path.resolve(dataFolderOf(values.data)),
    dataFolderShown: values.data,
    reset: values.reset,
    apiKey: values['api-key'] === undefined ? undefined : apiKeyOf(values['api-key']),
    json: values.json,
    accountConcurrency: concurrencyOf(values['account-concurrency']),
    tasks: tasksOf(values.tasks),
    secrets: secretsOf(values.secrets),
    whatsapp: values.whatsapp === undefined ? (values.live ? 'live' : 'sandbox') : whatsappUrlOf(values.whatsapp),
  };
}

interface Arguments {
  readonly port: string;
  readonly data: string;
  readonly reset: boolean;
  readonly 'api-key'?: string | undefined;
  readonly json: boolean;
  readonly live: boolean;
  readonly whatsapp?: string | undefined;
  readonly 'account-concurrency'?: string | undefined;
  readonly tasks?: string | undefined;
  readonly secrets?: string | undefined;
  readonly help: boolean;
}

function readArguments(args: readonly string[]): Arguments {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: String(DEFAULT_PORT) },
        data: { type: 'string', default: DEFAULT_DATA_FOLDER },
        reset: { type: 'boolean', default: false },
        'api-key': { type: 'string' },
        json: { type: 'boolean', default: false },
        live: { type: 'boolean', default: false },
        whatsapp: { type: 'string' },
        'account-concurrency': { type: 'string' },
        tasks: { type: 'string' },
        secrets: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (cause) {
    const [sentence = ''] = (cause instanceof Error ? cause.message : String(cause)).split(/\. |\n/);
    throw new StartFailure(`${sentence.replace(/\.$/, '')}.\n\n${USAGE}`, { cause });
  }
}

function dataFolderOf(text: string): string {
  if (text.trim() !== '') return text;
  throw new StartFailure('--data names no folder: write --data <folder>, or leave it out.');
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= LAST_PORT) return port;
  throw new StartFailure(`--port ${text} is not a port: choose a number from 0 (any free one) to ${LAST_PORT}.`);
}

function concurrencyOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,5}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new StartFailure(
    `--account-concurrency ${text} is no number of concurrent executions: choose one from 1, 10 as in a new AWS account.`,
  );
}

function tasksOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d?$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new StartFailure(`--tasks ${text} is no number of tasks: choose one from 1 to 99.`);
}

const SecretsSchema = z.record(z.string(), z.string());

function secretsOf(file: string | undefined): Secrets | undefined {
  if (file === undefined) return undefined;
  if (!existsSync(file)) throw new StartFailure(`--secrets names ${file}, which does not exist.`);
  try {
    return SecretsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Without its content: these are secrets.
    throw new StartFailure(`--secrets names ${file}, which is no JSON object of texts.`);
  }
}

function apiKeyOf(text: string): ApiKey {
  const parsed = ApiKeySchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new StartFailure(`--api-key can't be used: ${parsed.error.issues.map(({ message }) => message).join('; ')}.`);
}

function whatsappUrlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'wss:') return url;
  if (url?.protocol !== 'ws:')
    throw new StartFailure(
      `--whatsapp ${text} has to be an address that begins with wss://, or ws:// on this machine.`,
    );
  if (LOOPBACK.test(url.hostname)) return url;
  throw new StartFailure(
    `--whatsapp ${text} would send everything unencrypted over a network: ws:// works on this machine only (127.0.0.1), use wss://.`,
  );
}
