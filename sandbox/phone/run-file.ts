import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** What `npm start` writes into its data folder once it is ready. */
const runFile = z.object({
  api: z.url(),
  apiKey: z.string().min(1),
  sandbox: z.url().nullish(),
});

/** Where the running Pombo and its sandbox are. */
export interface Running {
  readonly api: string;
  readonly apiKey: string;
  readonly sandbox: string;
}

/** A mistake or a circumstance that the person at the terminal can do something about; its message says what. */
export class Advice extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Advice';
  }
}

/** Finds the Pombo that keeps its data in that folder. Throws an `Advice` when there is none. */
export async function findRunning(dataFolder: string): Promise<Running> {
  const file = join(dataFolder, 'run.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const hint = 'Start it with `npm start` in another terminal, or name its data folder with --data <folder>.';
    throw new Advice(`No Pombo is running with the data folder ${dataFolder}. ${hint}`, { cause: error });
  }
  const parsed = runFile.safeParse(parse(text));
  if (!parsed.success) throw new Advice(`${file} is damaged. Restart Pombo with \`npm start\`.`);
  const { api, apiKey, sandbox } = parsed.data;
  if (!sandbox) {
    throw new Advice('This Pombo talks to another WhatsApp server (--live or --whatsapp): use a real phone there.');
  }
  return { api, apiKey, sandbox };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
