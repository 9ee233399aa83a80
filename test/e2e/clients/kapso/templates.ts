import { expect } from 'vitest';
import type { Attempt } from '../client-under-test.ts';
import { clientOf, TEMPLATE } from './client.ts';

const definition = (name: string) => ({
  name,
  language: 'pt_BR',
  category: 'UTILITY',
  components: [
    { type: 'BODY' as const, text: 'Olá, {{1}}! Seu pedido saiu.', example: { bodyText: [['Ana']] } },
    { type: 'FOOTER' as const, text: 'Loja' },
  ],
});

export const templates: Readonly<Record<string, Attempt>> = {
  'templates.create': async (world) => {
    const { accountId: businessAccountId } = world;
    const made = await clientOf(world).templates.create({ businessAccountId, ...definition(TEMPLATE) });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^\d+$/) as string,
      status: 'APPROVED',
      category: 'UTILITY',
    });
  },
  'templates.list': async (world) => {
    const { data } = await clientOf(world).templates.list({
      businessAccountId: world.accountId,
      name: TEMPLATE,
      limit: 10,
    });
    expect(data).toMatchObject([{ name: TEMPLATE, language: 'pt_BR' }]);
  },
  'templates.get': async (world) => {
    const { accountId: businessAccountId } = world;
    const { data } = await clientOf(world).templates.list({ businessAccountId, name: TEMPLATE });
    const templateId = String(data[0]?.id);
    expect(await clientOf(world).templates.get({ businessAccountId, templateId })).toMatchObject({ name: TEMPLATE });
  },
  'templates.delete': async (world) => {
    const { accountId: businessAccountId } = world;
    const name = `${TEMPLATE}_velho`;
    await clientOf(world).templates.create({ businessAccountId, ...definition(name) });
    expect(await clientOf(world).templates.delete({ businessAccountId, name })).toEqual({ success: true });
    expect((await clientOf(world).templates.list({ businessAccountId, name })).data).toEqual([]);
  },
};
