import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent } from '#core/contracts/event.ts';
import type { PhoneMessage } from '../../sandbox/control-client.ts';
import { type OutboundBed, saying, startOutbound, text } from './outbound-bed.ts';

const ME = '5511988880111';
const FRIEND = '5511988880112';

let outbound: OutboundBed;
let bed: OutboundBed['bed'];
let session: OutboundBed['session'];

beforeAll(async () => {
  outbound = await startOutbound(ME, FRIEND);
  ({ bed, session } = outbound);
});
afterAll(() => bed.close());

const send: OutboundBed['send'] = (...message) => outbound.send(...message);

describe('answers to buttons and lists', () => {
  const ask = (answerAs?: 'button') =>
    send({
      type: 'interactive',
      interactive: {
        type: 'buttons',
        body: 'Confirma?',
        buttons: [
          { type: 'reply', id: 'y', title: 'Sim' },
          { type: 'reply', id: 'n', title: 'Não' },
        ],
      },
      ...(answerAs && { answerAs }),
    });
  const answerTo =
    (wamid: string) =>
    (event: Event): event is MessageEvent =>
      event.type === 'message' && event.context?.id === wamid;
  const chosen = (id: string, title: string) => ({
    context: { from: ME },
    content: { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id, title } } },
  });

  it('a number is the button that it stands for, the next text is a text again', async () => {
    const { wamid } = await ask();
    await bed.phones.write(FRIEND, ME, '2');
    expect(await bed.event(answerTo(wamid))).toMatchObject(chosen('n', 'Não'));
    await bed.phones.write(FRIEND, ME, '1');
    expect(await bed.event(saying('1'))).not.toHaveProperty('context');
  });

  it('the title in other letters does too; the first text that is neither closes the offer', async () => {
    const { wamid } = await ask();
    await bed.phones.write(FRIEND, ME, ' não');
    expect(await bed.event(answerTo(wamid))).toMatchObject(chosen('n', 'Não'));
    await ask();
    await bed.phones.write(FRIEND, ME, 'talvez');
    await bed.event(saying('talvez'));
    await bed.phones.write(FRIEND, ME, ' 2');
    expect(await bed.event(saying(' 2'))).toBeDefined();
  });

  it('a reply to an older message with buttons answers that one; a template’s answer is of kind button', async () => {
    const older = await ask('button');
    await ask();
    await bed.phones.reply(FRIEND, ME, '1', older.stanzaId);
    expect(await bed.event(answerTo(older.wamid))).toMatchObject({
      content: { type: 'button', button: { payload: 'y', text: 'Sim' } },
    });
  });

  it.each([
    [
      'interactive',
      { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'y', title: 'Sim' } } },
    ],
    ['button', { type: 'button', button: { payload: 'y', text: 'Sim' } }],
  ] as const)('a tap on a native button is of kind %s', async (answerAs, content) => {
    const buttons = [{ type: 'reply', id: 'y', title: 'Sim' } as const];
    const { wamid, stanzaId } = await send({
      type: 'interactive',
      native: true,
      answerAs,
      interactive: { type: 'buttons', body: 'Confirma?', buttons },
    });
    await bed.phones.send(FRIEND, { to: ME, replyTo: stanzaId, answer: { as: 'quick_reply', id: 'y', title: 'Sim' } });
    expect(await bed.event(answerTo(wamid))).toMatchObject({ content });
  });

  it('a row of a list is a list_reply', async () => {
    const sections = [{ rows: [{ id: 'a', title: 'Azul', description: 'céu' }] }];
    const interactive = { type: 'list', body: 'Cor?', button: 'Ver', sections } as const;
    const { wamid } = await send({ type: 'interactive', interactive: { ...interactive, sections } });
    await bed.phones.write(FRIEND, ME, '1️⃣');
    expect(await bed.event(answerTo(wamid))).toMatchObject({
      content: {
        interactive: { type: 'list_reply', list_reply: { id: 'a', title: 'Azul', description: 'céu' } },
      },
    });
  });
});

describe('read receipts', () => {
  it('mark the message and the earlier ones, and show the typing', async () => {
    const first = await bed.phones.write(FRIEND, ME, 'Um');
    const second = await bed.phones.write(FRIEND, ME, 'Dois');
    const { wamid } = await bed.event(saying('Dois'));
    const watch = await bed.phones.watch(FRIEND);
    await bed.command(session, { type: 'message.read', wamid, typing: true, expiresAtMs: Date.now() + 60_000 }, 'read');
    const isRead = ({ id }: PhoneMessage): Promise<PhoneMessage> =>
      bed.phones.waitForMessage(FRIEND, (message) => message.id === id && message.status === 'read');
    await Promise.all([isRead(first), isRead(second)]);
    await watch.until((event) => event.type === 'chatstate' && event.state === 'composing');
    watch.stop();
  });

  it('that are too old are dropped', async () => {
    const third = await bed.phones.write(FRIEND, ME, 'Três');
    const { wamid } = await bed.event(saying('Três'));
    await bed.command(session, { type: 'message.read', wamid, expiresAtMs: Date.now() - 1 }, 'read');
    await send(text('depois'));
    const shown = (await bed.phones.messages(FRIEND)).find(({ id }) => id === third.id);
    expect(shown?.status).toBe('delivered');
  });
});
