import { expect } from 'vitest';
import type { Attempt } from '../client-under-test.ts';
import type { World } from '../world.ts';
import { answerOf, clientOf, TEMPLATE } from './client.ts';

const create = (world: World, name: string) =>
  answerOf(
    clientOf(world)
      .template.create(world.accountId, {
        name,
        language: 'pt_BR',
        category: 'UTILITY',
        parameter_format: 'NAMED',
        components: [
          {
            type: 'BODY',
            text: 'Olá, {{nome}}! Seu pedido saiu.',
            example: { body_text_named_params: [{ param_name: 'nome', example: 'Ana' }] },
          },
        ],
      })
      .json(),
  );

const idOf = async (world: World, name: string): Promise<string> => {
  const { data } = await answerOf(
    clientOf(world).template.list(world.accountId, { name_or_content: name, limit: 5 }).json(),
  );
  return String(data[0]?.id);
};

export const templates: Readonly<Record<string, Attempt>> = {
  'template.create': async (world) => {
    const id = expect.stringMatching(/^\d+$/) as string;
    expect(await create(world, TEMPLATE)).toEqual({ id, status: 'APPROVED', category: 'UTILITY' });
  },
  'template.list': async (world) => {
    const filter = { name_or_content: TEMPLATE, category: 'UTILITY', language: 'pt_BR', status: 'APPROVED' } as const;
    const { data } = await answerOf(clientOf(world).template.list(world.accountId, filter).json());
    expect(data).toMatchObject([{ name: TEMPLATE, language: 'pt_BR' }]);
  },
  'template.get': async (world) => {
    const id = await idOf(world, TEMPLATE);
    const asked = await answerOf(
      clientOf(world)
        .template.get(id, { fields: ['name', 'parameter_format'] })
        .json(),
    );
    expect(asked).toEqual({ id, name: TEMPLATE, parameter_format: 'NAMED' });
  },
  'template.update': async (world) => {
    const id = await idOf(world, TEMPLATE);
    expect(await answerOf(clientOf(world).template.update(id, { category: 'MARKETING' }).json())).toEqual({
      success: true,
    });
    const asked = await answerOf(
      clientOf(world)
        .template.get(id, { fields: ['category'] })
        .json(),
    );
    expect(asked).toMatchObject({ category: 'MARKETING' });
  },
  'template.delete': async (world) => {
    const name = `${TEMPLATE}_velho`;
    await create(world, name);
    expect(await answerOf(clientOf(world).template.delete(world.accountId, { name }).json())).toEqual({
      success: true,
    });
    expect(
      (await answerOf(clientOf(world).template.list(world.accountId, { name_or_content: name }).json())).data,
    ).toEqual([]);
  },
  'template.listLibrary': async (world) => {
    await answerOf(clientOf(world).template.listLibrary({ language: 'pt_BR' }).json());
  },
};
