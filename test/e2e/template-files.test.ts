import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../local/receiver/receiver.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { type LinkServer, startLinkServer } from '../functions/media/link-server.ts';
import { change, isStatus, linkSession, subscribe } from '../support/journey.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo } from '../support/pombo.ts';

const SESSION = '100200300';
const OWN = '5511911112222';
const PERSON = '5511987654321';

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
const KINDS = [
  { format: 'IMAGE', kind: 'image', type: 'image/jpeg' },
  { format: 'VIDEO', kind: 'video', type: 'video/mp4' },
  { format: 'DOCUMENT', kind: 'document', type: 'application/pdf' },
] as const;
type Header = (typeof KINDS)[number];

describe('templates with a file above', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: Receiver;
  let server: LinkServer;
  let data: string;

  beforeAll(async () => {
    data = await newDataFolder();
    server = await startLinkServer();
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    receiver = await startReceiver({ port: 0, now: Date.now });
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
    await subscribe(pombo, receiver);
    const account = String(at((await pombo.call('GET', '/me')).body, 'id'));
    for (const { format, kind } of KINDS) {
      await create(account, `plain_${kind}`, [header(format), BODY, { type: 'FOOTER', text: 'Loja' }]);
      await create(account, `asking_${kind}`, [header(format), BODY, BUTTONS]);
    }
  }, 120_000);

  afterAll(async () => {
    expect(await pombo.stop()).toBe(0);
    await receiver.close();
    await server.close();
    await removeDataFolder(data);
  }, 60_000);

  const BODY = { type: 'BODY', text: 'Pedido {{1}} saiu.', example: { body_text: [['1']] } };
  const BUTTONS = { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Recebi' }] };
  const header = (format: string) => ({ type: 'HEADER', format, example: { header_handle: ['4::x'] } });
  const create = async (account: string, name: string, components: readonly object[]): Promise<void> => {
    const template = { name, language: 'pt_BR', category: 'UTILITY', components };
    expect((await pombo.call('POST', `/${account}/message_templates`, template)).body).toMatchObject({
      status: 'APPROVED',
    });
  };
  const upload = async (bytes: Uint8Array<ArrayBuffer>, type: string): Promise<string> => {
    const form = new FormData();
    form.set('file', new File([bytes], 'arquivo', { type }));
    form.set('messaging_product', 'whatsapp');
    const init = { method: 'POST', headers: { authorization: `Bearer ${pombo.apiKey}` }, body: form };
    return String(at(await (await fetch(`${pombo.api}/v23.0/${SESSION}/media`, init)).json(), 'id'));
  };
  const send = async (name: string, kind: Header['kind'], file: object, number: string): Promise<string> => {
    const components = [
      { type: 'header', parameters: [{ type: kind, [kind]: file }] },
      { type: 'body', parameters: [{ type: 'text', text: number }] },
      ...(name.startsWith('asking')
        ? [{ type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: number }] }]
        : []),
    ];
    const template = { name, language: { code: 'pt_BR' }, components };
    const body = { messaging_product: 'whatsapp', to: PERSON, type: 'template', template };
    const answer = await pombo.call('POST', `/${SESSION}/messages`, body);
    expect(answer).toMatchObject({ status: 200 });
    return String(at(answer.body, 'messages', 0, 'id'));
  };

  it.each(KINDS)('show the $kind of an id, decrypted, with their text below', async ({ kind, type }) => {
    const bytes = randomBytes(60_000);
    const number = `id ${kind}`;
    const name = kind === 'document' ? { filename: 'Nota é.pdf' } : {};
    const wamid = await send(`plain_${kind}`, kind, { id: await upload(bytes, type), ...name }, number);
    const shown = await phones.waitForMessage(PERSON, ({ text }) => text === `Pedido ${number} saiu.\n\n_Loja_`);
    expect(shown).toMatchObject({
      kind,
      media: { mimetype: type, ...(kind === 'document' && { fileName: 'Nota é.pdf' }) },
    });
    expect(digest(await phones.media(PERSON, shown.id))).toBe(digest(bytes));
    await receiver.waitFor(isStatus(wamid, 'sent'));
  });

  it.each(KINDS)('show the $kind of a link with their buttons, whose taps come back', async ({ kind, type }) => {
    const bytes = randomBytes(60_000);
    const number = `link ${kind}`;
    const link = server.file(`/${kind}`, type, bytes);
    const wamid = await send(`asking_${kind}`, kind, { link }, number);
    const shown = await phones.waitForMessage(PERSON, ({ text }) => text === `Pedido ${number} saiu.\n\n*1.* Recebi`);
    expect(shown).toMatchObject({ kind, media: { mimetype: type } });
    expect(digest(await phones.media(PERSON, shown.id))).toBe(digest(bytes));
    await receiver.waitFor(isStatus(wamid, 'sent'));
    await phones.write(PERSON, OWN, '1');
    const tap = await receiver.waitFor((each) => at(change(each), 'messages', 0, 'button', 'payload') === number);
    expect(at(change(tap), 'messages', 0)).toMatchObject({ context: { id: wamid }, button: { text: 'Recebi' } });
  });

  it('fail with the file that is not what the header shows', async () => {
    const link = server.file('/pagina', 'text/html', Buffer.from('<html>'));
    const failed = await receiver.waitFor(isStatus(await send('plain_image', 'image', { link }, 'x'), 'failed'));
    expect(change(failed)).toMatchObject({ statuses: [{ errors: [{ code: 131053 }] }] });
  });
});
