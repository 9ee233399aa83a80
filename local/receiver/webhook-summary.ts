import * as z from 'zod';
import { printable } from '../logs/log-line.ts';
import { wordsOf } from './message-words.ts';

/** What a webhook says, for one line. */
export interface WebhookSummary {
  /** `message`, a status, `session_update`, `queue.stats` … */
  readonly kind: string;
  /** Session that it is about; empty for monitoring. */
  readonly session: string;
  /** The other side, a number or a group; empty where there is none. */
  readonly chat: string;
  /** Text, error or figures; control characters are removed. */
  readonly text: string;
  /** The message that it is about; empty where there is none. */
  readonly messageId: string;
}

const ChangeSchema = z.object({
  entry: z.tuple([z.object({ changes: z.tuple([z.object({ field: z.string(), value: z.looseObject({}) })]) })]),
});
const MetadataSchema = z.object({ metadata: z.object({ phone_number_id: z.string() }) });
const MessageSchema = z.looseObject({
  id: z.string(),
  from: z.string().optional(),
  from_user_id: z.string().optional(),
  to: z.string().optional(),
  group_id: z.string().optional(),
  type: z.string(),
});
const MessagesSchema = z.object({ messages: z.tuple([MessageSchema]) });
const EchoesSchema = z.object({ message_echoes: z.tuple([MessageSchema]) });
const CallsSchema = z.object({
  calls: z.tuple([
    z.looseObject({ id: z.string(), from: z.string().optional(), event: z.string(), status: z.string().optional() }),
  ]),
});
const StatusesSchema = z.object({
  statuses: z.tuple([
    z.looseObject({
      id: z.string(),
      status: z.string(),
      recipient_id: z.string(),
      errors: z.array(z.looseObject({ code: z.number(), title: z.string() })).optional(),
    }),
  ]),
});
const SessionSchema = z.object({
  session: z.looseObject({ id: z.string(), status: z.string(), reason: z.string().optional() }),
});

/** Longest text of a line, characters. */
const LONGEST_TEXT = 200;
const shorten = (text: string): string => {
  const line = printable(text).replaceAll(/\s+/g, ' ');
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
};

const NOTHING = { session: '', chat: '', messageId: '' };

/** Reads a webhook's body; what it does not know it shows as it is. */
export function summaryOf(body: Buffer): WebhookSummary {
  const change = ChangeSchema.safeParse(jsonOf(body));
  if (!change.success) return { ...NOTHING, kind: '?', text: shorten(body.toString('utf8')) };
  const { field, value } = change.data.entry[0].changes[0];
  const session = MetadataSchema.safeParse(value).data?.metadata.phone_number_id ?? '';
  const about =
    messageIn(value, session) ?? echoIn(value, session) ?? callIn(value, session) ?? statusIn(value, session);
  return about ?? sessionIn(value) ?? reportIn(field, value);
}

type Value = Readonly<Record<string, unknown>>;

function messageIn(value: Value, session: string): WebhookSummary | undefined {
  const message = MessagesSchema.safeParse(value).data?.messages[0];
  if (!message) return undefined;
  const chat = message.group_id ?? message.from ?? message.from_user_id ?? '';
  return { kind: 'message', session, chat, text: shorten(wordsOf(message)), messageId: message.id };
}

function echoIn(value: Value, session: string): WebhookSummary | undefined {
  const echo = EchoesSchema.safeParse(value).data?.message_echoes[0];
  if (!echo) return undefined;
  const chat = echo.group_id ?? echo.to ?? '';
  return { kind: 'echo', session, chat, text: shorten(wordsOf(echo)), messageId: echo.id };
}

function callIn(value: Value, session: string): WebhookSummary | undefined {
  const call = CallsSchema.safeParse(value).data?.calls[0];
  if (!call) return undefined;
  const text = [call.event, call.status].filter(Boolean).join(' ');
  return { kind: 'call', session, chat: call.from ?? '', text: shorten(text), messageId: call.id };
}

function statusIn(value: Value, session: string): WebhookSummary | undefined {
  const status = StatusesSchema.safeParse(value).data?.statuses[0];
  if (!status) return undefined;
  const error = status.errors?.[0];
  const text = error ? shorten(`${error.code} ${error.title}`) : '';
  return { kind: status.status, session, chat: status.recipient_id, text, messageId: status.id };
}

function sessionIn(value: Value): WebhookSummary | undefined {
  const update = SessionSchema.safeParse(value).data?.session;
  if (!update) return undefined;
  const text = shorten(`${update.status} ${update.reason ?? ''}`.trim());
  return { ...NOTHING, kind: 'session', session: update.id, text };
}

/** Monitoring: the one member of the value is the report. */
function reportIn(field: string, value: Value): WebhookSummary {
  const [report = field, data] = Object.entries(value)[0] ?? [];
  return { ...NOTHING, kind: report, text: shorten(JSON.stringify(data ?? value)) };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
