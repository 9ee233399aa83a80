import { expect } from 'vitest';
import {
  ActionButtons,
  ActionCallPermission,
  ActionCatalog,
  ActionContactRequest,
  ActionCTA,
  ActionDataExchangeFlow,
  ActionFlow,
  ActionList,
  ActionLocation,
  ActionNavigateFlow,
  ActionProduct,
  ActionProductList,
  Body,
  Button,
  CatalogProduct,
  Footer,
  Header,
  Image,
  Interactive,
  ListSection,
  Product,
  ProductSection,
  Row,
} from 'whatsapp-api-js/messages';
import type { Attempt } from '../client-under-test.ts';
import { sent, uploaded } from './messages.ts';

/** What the phone shows has these words, whichever way it shows buttons and lists. */
const shows =
  (interactive: Interactive, ...words: readonly string[]): Attempt =>
  async (world) => {
    const shown = JSON.stringify(await world.shown(await sent(world, interactive)));
    for (const word of words) expect(shown).toContain(word);
  };

const question = 'whatsapp-api-js pergunta: tudo bem?';
const body = new Body(question);
const buttons = new ActionButtons(new Button('s', 'Sim'), new Button('n', 'Não'));
const screen = { screen: 'A' };

export const interactive: Readonly<Record<string, Attempt>> = {
  'sendMessage Interactive ActionButtons': async (world) => {
    const header = new Header(new Image(await uploaded(world, 'image'), true));
    await shows(new Interactive(buttons, body, new Header('Loja'), new Footer('até logo')), question, 'Sim')(world);
    await shows(new Interactive(buttons, body, header), question, 'Não')(world);
  },
  'sendMessage Interactive ActionList': shows(
    new Interactive(
      new ActionList('Ver', new ListSection('Formas', new Row('p', 'Pix', 'na hora'), new Row('c', 'Cartão'))),
      body,
      new Header('Pagamento'),
    ),
    question,
    'Pix',
    'Cartão',
  ),
  'sendMessage Interactive ActionCTA': shows(
    new Interactive(new ActionCTA('Abrir', 'https://loja.example/1'), body),
    question,
    'https://loja.example/1',
  ),
  'sendMessage Interactive ActionLocation': shows(new Interactive(new ActionLocation(), body), question),
  'sendMessage Interactive ActionCatalog': shows(new Interactive(new ActionCatalog(new Product('a')), body)),
  'sendMessage Interactive ActionProduct': shows(
    new Interactive(new ActionProduct(new CatalogProduct('a', '1')), body),
  ),
  'sendMessage Interactive ActionProductList': shows(
    new Interactive(new ActionProductList('1', new ProductSection('Pão', new Product('a'))), body, new Header('Loja')),
  ),
  'sendMessage Interactive ActionFlow': shows(
    new Interactive(new ActionFlow({ flow_id: '1', flow_cta: 'Abrir', flow_action_payload: screen }), body),
  ),
  'sendMessage Interactive ActionNavigateFlow': shows(
    new Interactive(new ActionNavigateFlow('t', '1', 'Abrir', 'A'), body),
  ),
  'sendMessage Interactive ActionDataExchangeFlow': shows(
    new Interactive(new ActionDataExchangeFlow('t', '1', 'Abrir'), body),
  ),
  'sendMessage Interactive ActionCallPermission': shows(new Interactive(new ActionCallPermission(), body)),
  'sendMessage Interactive ActionContactRequest': shows(new Interactive(new ActionContactRequest(), body)),
};
