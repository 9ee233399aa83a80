import { formatWamid, parseWamid } from '#core/domain/wamid.ts';
import { formOf } from '../../functions/media/media-form.ts';
import { type ApiTestBed, startApi } from '../../functions/support/api-test-bed.ts';
import { at } from '../../support/pombo.ts';

/** What a request may refer to. */
export interface RequestBed {
  readonly api: ApiTestBed;
  readonly session: string;
  /** A message of the session. */
  readonly wamid: string;
  /** A message that the session could have received. */
  readonly received: string;
  /** Uploaded files by kind. */
  readonly files: Readonly<Record<FileKind, string>>;
  stop(): Promise<void>;
}

const MIME_TYPES = {
  audio: 'audio/ogg',
  document: 'application/pdf',
  image: 'image/png',
  sticker: 'image/webp',
  video: 'video/mp4',
} as const;
export type FileKind = keyof typeof MIME_TYPES;

const body = (text: string, ...examples: readonly string[]) => ({
  type: 'BODY',
  text,
  ...(examples.length > 0 ? { example: { body_text: [examples] } } : {}),
});
const image = { type: 'HEADER', format: 'IMAGE', example: { header_handle: ['h'] } };
const replies = { type: 'BUTTONS', buttons: ['Yes', 'No'].map((text) => ({ type: 'QUICK_REPLY', text })) };
const three = body('You have {{1}}, {{2}}, {{3}}.', 'a', 'b', 'c');

/** What the templates of Meta's examples look like. */
const TEMPLATES = {
  hello_world: [body('Hello World')],
  sample_issue_resolution: [body('Hi {{1}}, were we able to solve the issue?', 'Mr. Jones'), replies],
  template_name: [three],
  template_media: [image, three],
  template_interactive: [image, three, replies],
} as const;

/** The API with a linked number without limits, a message, files and templates. */
export async function startRequestBed(): Promise<RequestBed> {
  const api = await startApi({ privateTargets: '127.0.0.0/8' });
  await api.reset();
  const session = await api.newSession({
    status: 'open',
    phoneNumber: '5511911112222',
    limits: { session: 0, pair: 0, newContacts: 0 },
  });
  // One more, that no phone has linked.
  await api.newSession();
  const text = { messaging_product: 'whatsapp', to: '16505551234', text: { body: 'oi' } };
  const sent = await api.call(`POST /${session}/messages`, { body: text });
  const files: Partial<Record<FileKind, string>> = {};
  for (const [kind, type] of Object.entries(MIME_TYPES)) {
    const file = new File(['file'], kind, { type });
    const form = await formOf({ messaging_product: 'whatsapp', type, file });
    files[kind as FileKind] = (await api.call(`POST /${session}/media`, form)).text('id');
  }
  const wamid = String(at(sent.json, 'messages', 0, 'id'));
  const parts = parseWamid(wamid);
  if (!parts) throw new Error(`${wamid} is none of ours.`);
  const account = (await api.call('GET /me')).text('id');
  for (const [name, components] of Object.entries(TEMPLATES)) {
    const template = { name, language: 'en_US', category: 'UTILITY', components };
    const made = await api.call(`POST /${account}/message_templates`, { body: template });
    if (made.status !== 200) throw new Error(made.body);
  }
  return {
    api,
    session,
    wamid,
    received: formatWamid({ ...parts, direction: 'in', authorHash: '0123456789abcdef' }),
    files: files as Record<FileKind, string>,
    stop: () => api.aws.stop(),
  };
}
