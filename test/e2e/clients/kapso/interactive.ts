import type { SendMessageResponse, WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import { expect } from 'vitest';
import type { Attempt } from '../client-under-test.ts';
import { between, clientOf, wamidOf } from './client.ts';
import { uploaded } from './messages.ts';

type Messages = WhatsAppClient['messages'];

/** What the phone shows has these words, whichever way it shows buttons and lists. */
const shows =
  (
    words: readonly string[],
    send: (messages: Messages, to: ReturnType<typeof between>) => Promise<SendMessageResponse>,
  ): Attempt =>
  async (world) => {
    const message = await world.shown(wamidOf(await send(clientOf(world).messages, between(world))));
    for (const word of words) expect(JSON.stringify(message)).toContain(word);
  };

const bodyText = 'kapso pergunta: tudo bem?';
const buttons = [
  { id: 's', title: 'Sim' },
  { id: 'n', title: 'Não' },
];

export const interactive: Readonly<Record<string, Attempt>> = {
  'messages.sendInteractiveButtons': async (world) => {
    await shows([bodyText, 'Sim', 'Não'], (messages, to) =>
      messages.sendInteractiveButtons({ ...to, bodyText, footerText: 'Loja', buttons }),
    )(world);
    const header = { type: 'image', image: { id: await uploaded(world, 'image') } } as const;
    await shows([bodyText, 'Sim'], (messages, to) =>
      messages.sendInteractiveButtons({ ...to, bodyText, header, buttons }),
    )(world);
  },
  'messages.sendInteractiveList': shows([bodyText, 'Pix', 'Cartão'], (messages, to) =>
    messages.sendInteractiveList({
      ...to,
      bodyText,
      buttonText: 'Ver',
      header: { type: 'text', text: 'Pagamento' },
      sections: [
        {
          title: 'Formas',
          rows: [
            { id: 'p', title: 'Pix', description: 'na hora' },
            { id: 'c', title: 'Cartão' },
          ],
        },
      ],
    }),
  ),
  'messages.sendInteractiveCtaUrl': shows([bodyText, 'https://loja.example/1'], (messages, to) =>
    messages.sendInteractiveCtaUrl({
      ...to,
      bodyText,
      parameters: { displayText: 'Abrir', url: 'https://loja.example/1' },
    }),
  ),
  'messages.sendInteractiveLocationRequest': shows([bodyText], (messages, to) =>
    messages.sendInteractiveLocationRequest({ ...to, bodyText, parameters: { requestMessage: 'Onde?' } }),
  ),
  'messages.sendInteractiveRaw': shows([bodyText, 'Sim'], (messages, to) =>
    messages.sendInteractiveRaw({
      ...to,
      interactive: {
        type: 'button',
        body: { text: bodyText },
        action: { buttons: buttons.map((reply) => ({ type: 'reply', reply })) },
      },
    }),
  ),
  'messages.sendInteractiveProduct': shows([], (messages, to) =>
    messages.sendInteractiveProduct({ ...to, bodyText, catalogId: '1', productRetailerId: 'a' }),
  ),
  'messages.sendInteractiveProductList': shows([], (messages, to) =>
    messages.sendInteractiveProductList({
      ...to,
      bodyText,
      header: { type: 'text', text: 'Loja' },
      catalogId: '1',
      sections: [{ title: 'Pão', productItems: [{ productRetailerId: 'a' }] }],
    }),
  ),
  'messages.sendInteractiveCatalogMessage': shows([], (messages, to) =>
    messages.sendInteractiveCatalogMessage({ ...to, bodyText, parameters: {} }),
  ),
  'messages.sendInteractiveFlow': shows([], (messages, to) =>
    messages.sendInteractiveFlow({ ...to, bodyText, parameters: { flowId: '1', flowCta: 'Abrir' } }),
  ),
  'messages.sendInteractiveAddress': shows([], (messages, to) =>
    messages.sendInteractiveAddress({ ...to, bodyText, parameters: { country: 'IN' } }),
  ),
  'messages.sendInteractiveCallPermission': shows([], (messages, to) =>
    messages.sendInteractiveCallPermission({ ...to, bodyText, parameters: { phoneNumber: '5511911112222' } }),
  ),
  'messages.sendInteractiveCarousel': shows([], (messages, to) =>
    messages.sendInteractiveCarousel({
      ...to,
      bodyText,
      cards: [0, 1].map((cardIndex) => ({
        cardIndex,
        header: { type: 'image' as const, image: { link: 'https://loja.example/1.png' } },
        bodyText: 'Pão',
        action: { type: 'cta_url' as const, displayText: 'Abrir', url: 'https://loja.example/1' },
      })),
    }),
  ),
};
