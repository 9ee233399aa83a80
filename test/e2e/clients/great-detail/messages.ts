import { type CreateMessageOptions, MessageType } from '@great-detail/whatsapp';
import { expect } from 'vitest';
import type { Attempt } from '../client-under-test.ts';
import { expectFile, expectShown } from '../expectations.ts';
import { FILES, type FileKind } from '../files.ts';
import type { World } from '../world.ts';
import { answerOf, clientOf, TEMPLATE } from './client.ts';

/** Sends anything. @returns its wamid */
async function sent(world: World, message: object): Promise<string> {
  const { phoneNumberId: phoneNumberID, person } = world;
  // The client's types want a file where a reaction stands; what it sends is what it is given.
  const options = { phoneNumberID, to: person, ...message } as unknown as CreateMessageOptions;
  const { messages } = await answerOf(clientOf(world).message.createMessage(options).json());
  return String(messages[0]?.id);
}

/** Uploads a file. @returns its id */
export async function uploaded(world: World, kind: FileKind): Promise<string> {
  const { name: filename, mimeType, bytes } = FILES[kind];
  const { phoneNumberId: phoneNumberID } = world;
  const file = new Blob([bytes], { type: mimeType });
  return (await answerOf(clientOf(world).media.upload({ phoneNumberID, file, filename, mimeType }).json())).id;
}

/** Sends a file by id and by link. */
const both =
  (kind: FileKind, more: object = {}, text?: string): Attempt =>
  async (world) => {
    for (const reference of [{ id: await uploaded(world, kind) }, { link: world.link(kind) }]) {
      const wamid = await sent(world, { type: kind, [kind]: { ...reference, ...more } });
      await expectFile(world, wamid, kind, text);
    }
  };

/** What the phone shows has these words, whichever way it shows buttons and lists. */
async function expectWords(world: World, interactive: object, words: readonly string[]): Promise<void> {
  const message = await world.shown(await sent(world, { type: MessageType.Interactive, interactive }));
  for (const word of words) expect(JSON.stringify(message)).toContain(word);
}

const body = { text: 'great-detail pergunta' };

export const messages: Readonly<Record<string, Attempt>> = {
  'message.createMessage text': async (world) => {
    const { wamid, stanzaId } = await world.hear('great-detail pergunta');
    const text = { body: 'great-detail diz oi 🐦', preview_url: true };
    const answer = await sent(world, { type: MessageType.Text, text, context: { message_id: wamid } });
    await expectShown(world, answer, { kind: 'text', text: text.body, targetId: stanzaId });
  },
  'message.createMessage image': both('image', { caption: 'foto' }, 'foto'),
  'message.createMessage video': both('video', { caption: 'filme' }, 'filme'),
  'message.createMessage audio': both('audio'),
  'message.createMessage document': both('document', { filename: 'nota.pdf' }),
  'message.createMessage sticker': both('sticker'),
  'message.createMessage location': async (world) => {
    const location = { latitude: '-23.5503', longitude: '-46.6339', name: 'Sé', address: 'Praça da Sé' };
    await expectShown(world, await sent(world, { type: MessageType.Location, location }), { arrivals: 1 });
  },
  'message.createMessage contacts': async (world) => {
    const contacts = [
      { name: { formatted_name: 'Ana Sá', first_name: 'Ana' }, phones: [{ phone: '+55 11 98765-4321', type: 'CELL' }] },
    ];
    await expectShown(world, await sent(world, { type: MessageType.Contacts, contacts }), { arrivals: 1 });
  },
  'message.createMessage reaction': async (world) => {
    const { wamid, stanzaId } = await world.hear('great-detail espera um joinha');
    for (const emoji of ['👍', '']) {
      const answer = await sent(world, { type: MessageType.Reaction, reaction: { message_id: wamid, emoji } });
      await expectShown(world, answer, { kind: 'reaction', text: emoji, targetId: stanzaId });
    }
  },
  'message.createMessage interactive': async (world) => {
    const buttons = ['Sim', 'Não'].map((title) => ({ type: 'reply', reply: { id: title, title } }));
    const rows = ['Pix', 'Cartão'].map((title) => ({ id: title, title }));
    const parameters = { display_text: 'Abrir', url: 'https://loja.example/1' };
    await expectWords(world, { type: 'button', body, action: { buttons } }, [body.text, 'Sim', 'Não']);
    const action = { button: 'Ver', sections: [{ title: 'Formas', rows }] };
    await expectWords(world, { type: 'list', body, action }, [body.text, 'Pix', 'Cartão']);
    const link = { type: 'cta_url', body, action: { name: 'cta_url', parameters } };
    await expectWords(world, link, [body.text, 'https://loja.example/1']);
  },
  'message.createMessage template': async (world) => {
    const components = [{ type: 'body', parameters: [{ type: 'text', parameter_name: 'nome', text: 'Ana' }] }];
    const template = { name: TEMPLATE, language: { code: 'pt_BR' }, components };
    const { text } = await world.shown(await sent(world, { type: MessageType.Template, template }));
    expect(text).toContain('Olá, Ana');
  },
  'message.createStatus': async (world) => {
    const { wamid, stanzaId } = await world.hear('great-detail lê');
    const read = { message_id: wamid, status: 'read', typing_indicator: { type: 'text' } } as const;
    const { phoneNumberId: phoneNumberID } = world;
    const answer = await answerOf(
      clientOf(world)
        .message.createStatus({ phoneNumberID, ...read })
        .json(),
    );
    expect(answer).toEqual({ success: true });
    await world.statusOnPhone(stanzaId, 'read');
  },
};
