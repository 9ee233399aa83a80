import { expect } from 'vitest';
import type { Attempt } from '../client-under-test.ts';
import { expectFile, expectShown } from '../expectations.ts';
import { FILES, type FileKind } from '../files.ts';
import type { World } from '../world.ts';
import { between, clientOf, TEMPLATE, wamidOf } from './client.ts';

/** Uploads a file. @returns its id */
export async function uploaded(world: World, kind: FileKind): Promise<string> {
  const { name, mimeType, bytes } = FILES[kind];
  const { phoneNumberId } = world;
  const file = new Blob([bytes], { type: mimeType });
  return (await clientOf(world).media.upload({ phoneNumberId, type: mimeType, file, fileName: name })).id;
}

/** Sends a file by id and by link. */
const both =
  <T>(
    kind: FileKind,
    send: (world: World, reference: { id: string } | { link: string }) => Promise<T>,
    text?: string,
  ) =>
  async (world: World): Promise<void> => {
    for (const reference of [{ id: await uploaded(world, kind) }, { link: world.link(kind) }]) {
      await expectFile(world, wamidOf((await send(world, reference)) as Parameters<typeof wamidOf>[0]), kind, text);
    }
  };

export const messages: Readonly<Record<string, Attempt>> = {
  'messages.sendText': async (world) => {
    const { wamid, stanzaId } = await world.hear('kapso pergunta');
    const answer = await clientOf(world).messages.sendText({
      ...between(world),
      body: 'kapso diz oi 🐦',
      previewUrl: true,
      contextMessageId: wamid,
      bizOpaqueCallbackData: 'pedido 1',
    });
    await expectShown(world, wamidOf(answer), { kind: 'text', text: 'kapso diz oi 🐦', targetId: stanzaId });
  },
  'messages.sendImage': both(
    'image',
    (world, image) => clientOf(world).messages.sendImage({ ...between(world), image: { ...image, caption: 'foto' } }),
    'foto',
  ),
  'messages.sendVideo': both(
    'video',
    (world, video) => clientOf(world).messages.sendVideo({ ...between(world), video: { ...video, caption: 'filme' } }),
    'filme',
  ),
  'messages.sendAudio': both('audio', (world, audio) =>
    clientOf(world).messages.sendAudio({ ...between(world), audio: { ...audio, voice: true } }),
  ),
  'messages.sendDocument': both('document', (world, document) =>
    clientOf(world).messages.sendDocument({ ...between(world), document: { ...document, filename: 'nota.pdf' } }),
  ),
  'messages.sendSticker': both('sticker', (world, sticker) =>
    clientOf(world).messages.sendSticker({ ...between(world), sticker }),
  ),
  'messages.sendLocation': async (world) => {
    const location = { latitude: -23.5503, longitude: -46.6339, name: 'Sé', address: 'Praça da Sé' };
    const answer = await clientOf(world).messages.sendLocation({ ...between(world), location });
    await expectShown(world, wamidOf(answer), { arrivals: 1 });
  },
  'messages.sendContacts': async (world) => {
    const contacts = [
      {
        name: { formattedName: 'Ana Sá', firstName: 'Ana' },
        phones: [{ phone: '+55 11 98765-4321', type: 'CELL', waId: '5511987654321' }],
        org: { company: 'Pombo' },
      },
    ];
    const answer = await clientOf(world).messages.sendContacts({ ...between(world), contacts });
    await expectShown(world, wamidOf(answer), { arrivals: 1 });
  },
  'messages.sendReaction': async (world) => {
    const { wamid, stanzaId } = await world.hear('kapso espera um joinha');
    for (const emoji of ['👍', '']) {
      const reaction = { messageId: wamid, emoji };
      const answer = await clientOf(world).messages.sendReaction({ ...between(world), reaction });
      await expectShown(world, wamidOf(answer), { kind: 'reaction', text: emoji, targetId: stanzaId });
    }
  },
  'messages.sendTemplate': async (world) => {
    const components = [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }];
    const template = { name: TEMPLATE, language: { code: 'pt_BR' }, components };
    const answer = await clientOf(world).messages.sendTemplate({ ...between(world), template });
    const { text } = await world.shown(wamidOf(answer));
    expect(text).toContain('Olá, Ana');
  },
  'messages.sendRaw': async (world) => {
    const { phoneNumberId, to } = between(world);
    const payload = { messagingProduct: 'whatsapp', to, type: 'text', text: { body: 'kapso cru' } } as const;
    const answer = await clientOf(world).messages.sendRaw({ phoneNumberId, payload });
    await expectShown(world, wamidOf(answer), { kind: 'text', text: 'kapso cru' });
  },
  'messages.markRead': async (world) => {
    const { wamid, stanzaId } = await world.hear('kapso lê');
    const { phoneNumberId } = world;
    const read = { phoneNumberId, messageId: wamid, typingIndicator: { type: 'text' } } as const;
    expect(await clientOf(world).messages.markRead(read)).toEqual({ success: true });
    await world.statusOnPhone(stanzaId, 'read');
  },
  'messages.query': (world) => clientOf(world).messages.query({ phoneNumberId: world.phoneNumberId }).then(nothing),
  'messages.get': ({ phoneNumberId, ...world }) =>
    clientOf({ phoneNumberId, ...world })
      .messages.get({ phoneNumberId, messageId: 'wamid.X' })
      .then(nothing),
  'messages.listByConversation': ({ phoneNumberId, ...world }) =>
    clientOf({ phoneNumberId, ...world })
      .messages.listByConversation({ phoneNumberId, conversationId: '1' })
      .then(nothing),
};

const nothing = (): void => undefined;
