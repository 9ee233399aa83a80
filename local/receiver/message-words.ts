import * as z from 'zod';

const text = z.string().optional();
const file = z.object({ caption: text, filename: text, voice: z.boolean().optional() }).optional();

/** What of each kind a person wants to see in one line. */
const WordsSchema = z.looseObject({
  type: z.string(),
  text: z.object({ body: z.string() }).optional(),
  image: file,
  video: file,
  audio: file,
  document: file,
  location: z.object({ latitude: z.number(), longitude: z.number(), name: text }).optional(),
  contacts: z.array(z.object({ name: z.object({ formatted_name: z.string() }) })).optional(),
  reaction: z.object({ emoji: text }).optional(),
  button: z.object({ text: z.string() }).optional(),
  interactive: z
    .object({
      button_reply: z.object({ title: z.string() }).optional(),
      list_reply: z.object({ title: z.string() }).optional(),
      nfm_reply: z.object({ response_json: z.string() }).optional(),
    })
    .optional(),
  order: z.object({ text: z.string() }).optional(),
  system: z.object({ body: z.string() }).optional(),
  edit: z.object({ message: z.looseObject({ type: z.string() }) }).optional(),
  unsupported: z.object({ type: z.string() }).optional(),
  poll: z.object({ question: z.string(), options: z.array(z.string()) }).optional(),
  poll_update: z.object({ selected_options: z.array(z.string()).optional() }).optional(),
});
type Words = z.infer<typeof WordsSchema>;

/** A message of Meta's shape in one line: a text as it is, all else as `(kind) what it says`. */
export function wordsOf(message: { readonly type: string }): string {
  const parsed = WordsSchema.safeParse(message);
  if (!parsed.success) return `(${message.type})`;
  const { data } = parsed;
  if (data.type === 'text') return data.text?.body ?? '(text)';
  const kind = data.unsupported ? `${data.type}: ${data.unsupported.type}` : data.type;
  return `(${kind}) ${detailOf(data) ?? ''}`.trim();
}

const detailOf = (words: Words): string | undefined =>
  fileOf(words) ?? answerOf(words) ?? pollOf(words) ?? placeOf(words) ?? (words.edit && wordsOf(words.edit.message));

function fileOf({ image, video, audio, document }: Words): string | undefined {
  if (audio) return audio.voice ? '🎤' : undefined;
  return document?.filename ?? document?.caption ?? image?.caption ?? video?.caption;
}

function answerOf({ reaction, button, interactive, order, system }: Words): string | undefined {
  if (reaction) return reaction.emoji ?? '–';
  return button?.text ?? choiceOf(interactive) ?? order?.text ?? system?.body;
}

const choiceOf = ({ button_reply, list_reply, nfm_reply }: Words['interactive'] = {}): string | undefined =>
  button_reply?.title ?? list_reply?.title ?? nfm_reply?.response_json;

function pollOf({ poll, poll_update: vote }: Words): string | undefined {
  if (poll) return `${poll.question} ${poll.options.join(' / ')}`;
  return vote && (vote.selected_options?.join(', ') ?? '–');
}

function placeOf({ location, contacts }: Words): string | undefined {
  if (location) return location.name ?? `${location.latitude}, ${location.longitude}`;
  return contacts?.map(({ name }) => name.formatted_name).join(', ');
}
