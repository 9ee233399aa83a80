import { expect } from 'vitest';
import {
  Audio,
  BodyComponent,
  BodyParameter,
  Contacts,
  Document,
  Image,
  Location,
  Name,
  Phone,
  Reaction,
  Sticker,
  Template,
  Text,
  Video,
} from 'whatsapp-api-js/messages';
import type { ClientMessage } from 'whatsapp-api-js/types';
import type { Attempt } from '../client-under-test.ts';
import { expectFile, expectShown } from '../expectations.ts';
import { FILES, type FileKind } from '../files.ts';
import type { World } from '../world.ts';
import { clientOf, TEMPLATE, unlessRefused, wamidOf } from './client.ts';

/** Sends anything. @returns its wamid */
export async function sent(world: World, message: ClientMessage, context?: string): Promise<string> {
  return wamidOf(await clientOf(world).sendMessage(world.phoneNumberId, world.person, message, context));
}

/** Uploads a file, with `messaging_product` in the query and without `type`. @returns its id */
export async function uploaded(world: World, kind: FileKind): Promise<string> {
  const { name, mimeType, bytes } = FILES[kind];
  const form = new FormData();
  form.set('file', new Blob([bytes], { type: mimeType }), name);
  return unlessRefused(await clientOf(world).uploadMedia(world.phoneNumberId, form)).id;
}

/** Sends a file by id and by link. */
const both =
  (kind: FileKind, made: (file: string, isItAnId: boolean) => ClientMessage, text?: string): Attempt =>
  async (world) => {
    await expectFile(world, await sent(world, made(await uploaded(world, kind), true)), kind, text);
    await expectFile(world, await sent(world, made(world.link(kind), false)), kind, text);
  };

export const messages: Readonly<Record<string, Attempt>> = {
  'sendMessage Text': async (world) => {
    const { wamid, stanzaId } = await world.hear('whatsapp-api-js pergunta');
    const answer = await sent(world, new Text('whatsapp-api-js diz oi 🐦', true), wamid);
    await expectShown(world, answer, { kind: 'text', text: 'whatsapp-api-js diz oi 🐦', targetId: stanzaId });
  },
  'sendMessage Image': both('image', (file, isItAnId) => new Image(file, isItAnId, 'foto'), 'foto'),
  'sendMessage Video': both('video', (file, isItAnId) => new Video(file, isItAnId, 'filme'), 'filme'),
  'sendMessage Audio': both('audio', (file, isItAnId) => new Audio(file, isItAnId, true)),
  'sendMessage Document': both('document', (file, isItAnId) => new Document(file, isItAnId, 'nota', 'nota.pdf')),
  'sendMessage Sticker': both('sticker', (file, isItAnId) => new Sticker(file, isItAnId)),
  'sendMessage Location': async (world) => {
    const location = new Location(-46.6339, -23.5503, 'Sé', 'Praça da Sé');
    await expectShown(world, await sent(world, location), { arrivals: 1 });
  },
  'sendMessage Contacts': async (world) => {
    const ana = [new Name('Ana Sá', 'Ana'), new Phone('+55 11 98765-4321', 'CELL', '5511987654321')];
    const rui = [new Name('Rui Cruz', 'Rui'), new Phone('+55 11 98765-4322')];
    await expectShown(world, await sent(world, new Contacts(ana, rui)), { arrivals: 1 });
  },
  'sendMessage Reaction': async (world) => {
    const { wamid, stanzaId } = await world.hear('whatsapp-api-js espera um joinha');
    const reaction = { kind: 'reaction', targetId: stanzaId } as const;
    await expectShown(world, await sent(world, new Reaction(wamid, '👍')), { ...reaction, text: '👍' });
    await expectShown(world, await sent(world, new Reaction(wamid)), { ...reaction, text: '' });
  },
  'sendMessage Template': async (world) => {
    const body = new BodyComponent(new BodyParameter('Ana'));
    const { text } = await world.shown(await sent(world, new Template(TEMPLATE, 'pt_BR', body)));
    expect(text).toContain('Olá, Ana');
  },
  broadcastMessage: async (world) => {
    const { phoneNumberId, person } = world;
    const texts = new Text('whatsapp-api-js espalha');
    const answers = clientOf(world).broadcastMessage(phoneNumberId, [person, `+${person}`], texts, 50, 0);
    for (const answer of answers) await expectShown(world, wamidOf(await answer), { text: 'whatsapp-api-js espalha' });
  },
  markAsRead: async (world) => {
    const { wamid, stanzaId } = await world.hear('whatsapp-api-js lê');
    expect(await clientOf(world).markAsRead(world.phoneNumberId, wamid, 'text')).toEqual({ success: true });
    await world.statusOnPhone(stanzaId, 'read');
  },
};
