import { readFile } from 'node:fs/promises';
import type { Draft } from '../control-client.ts';
import { Advice } from './run-file.ts';

/** A kind of message that can be written at the terminal: who writes to whom comes first, then these. */
export interface WriteCommand {
  readonly usage: string;
  readonly draft: (args: readonly string[]) => Promise<Omit<Draft, 'to'>> | Omit<Draft, 'to'>;
}

/** What a person can write beside texts. */
export const WRITE_COMMANDS: Readonly<Record<string, WriteCommand>> = {
  picture: { usage: '<file> [text]', draft: async (args) => ({ image: await base64Of(args[0]), ...captionOf(args) }) },
  video: { usage: '<file> [text]', draft: async (args) => ({ video: await base64Of(args[0]), ...captionOf(args) }) },
  voice: { usage: '<file>', draft: async ([file]) => ({ audio: await base64Of(file) }) },
  document: {
    usage: '<file> [text]',
    draft: async (args) => ({
      document: await base64Of(args[0]),
      fileName: args[0]?.split('/').at(-1) ?? '',
      ...captionOf(args),
    }),
  },
  sticker: { usage: '<file>', draft: async ([file]) => ({ sticker: await base64Of(file) }) },
  location: {
    usage: '<latitude> <longitude> [name]',
    draft: ([latitude, longitude, ...name]) => ({
      location: {
        latitude: Number(latitude),
        longitude: Number(longitude),
        ...(name.length > 0 && { name: name.join(' ') }),
      },
    }),
  },
  contact: {
    usage: '<name> <phone>',
    draft: ([name = '', ...phone]) => ({ contacts: [{ name, phone: phone.join(' ') }] }),
  },
  poll: {
    usage: '<question> <option> <option> …',
    draft: ([question = '', ...options]) => ({ poll: { question, options } }),
  },
  vote: {
    usage: '<message id> [option] …',
    draft: ([targetId = '', ...options]) => ({ vote: { options, targetId } }),
  },
  button: { usage: '<message id> <id> <title>', draft: (args) => answerOf('quick_reply', args) },
  row: { usage: '<message id> <id> <title>', draft: (args) => answerOf('list', args) },
  edit: {
    usage: '<message id> <text>',
    draft: ([targetId = '', ...words]) => ({ edit: { text: words.join(' '), targetId } }),
  },
  revoke: { usage: '<message id>', draft: ([targetId = '']) => ({ revoke: { targetId } }) },
  forward: { usage: '<text>', draft: (words) => ({ text: words.join(' '), forwarded: 1 }) },
};

async function base64Of(file = ''): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Advice(`${file} cannot be read.`, { cause: error });
  });
  return bytes.toString('base64');
}

const captionOf = ([, ...words]: readonly string[]): { readonly caption?: string } =>
  words.length === 0 ? {} : { caption: words.join(' ') };

const answerOf = (
  as: 'quick_reply' | 'list',
  [replyTo = '', id = '', ...title]: readonly string[],
): Omit<Draft, 'to'> => ({ answer: { as, id, title: title.join(' ') }, replyTo });
