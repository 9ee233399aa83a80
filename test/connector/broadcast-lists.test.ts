import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bed, Identity } from './connector-bed.ts';
import { stanzaIdOf, startTyping } from './typing.ts';

const ME = '5511988880401';
const FRIEND = '5511988880402';
const FILE = randomBytes(100);

let typing: Awaited<ReturnType<typeof startTyping>>;
let bed: Bed;
let session: Identity;
const typed: typeof typing.typed = (from, draft) => typing.typed(from, draft);

beforeAll(async () => {
  typing = await startTyping({ [ME]: 'Ana', [FRIEND]: 'Bruno' });
  ({ bed, session } = typing);
}, 60_000);
afterAll(() => bed.close());

describe('a message', () => {
  it.each(['pn', 'lid'] as const)(
    'through a broadcast list is in the chat with its author, like any other (%s)',
    async (addressing) => {
      const event = await typed(FRIEND, { text: 'Promoção', broadcast: true, addressing });
      expect(event).toMatchObject({ type: 'message', from: FRIEND, content: { text: { body: 'Promoção' } } });
      expect(event).not.toHaveProperty('groupId');
      const file = await typed(FRIEND, { image: FILE.toString('base64'), broadcast: true, addressing });
      expect(file).toMatchObject({ content: { type: 'image' } });
      const { wamid: questioned } = event;
      const { wamid } = await bed.sendMessage(
        session,
        { type: 'individual', phone: FRIEND },
        {
          type: 'text',
          text: { body: `Quero ${addressing}`, previewUrl: false },
        },
        { context: { wamid: questioned } },
      );
      const shown = await bed.phones.waitForMessage(FRIEND, ({ text }) => text === `Quero ${addressing}`);
      expect(shown.details?.quoted).toMatchObject({ id: stanzaIdOf(questioned), text: 'Promoção' });
      expect(stanzaIdOf(wamid)).toBe(shown.id);
      await bed.command(session, {
        type: 'message.read',
        wamid: questioned,
        expiresAtMs: Date.now() + 60_000,
      } as never);
      await bed.phones.waitForMessage(FRIEND, ({ id, status }) => id === stanzaIdOf(questioned) && status === 'read');
    },
  );
});
