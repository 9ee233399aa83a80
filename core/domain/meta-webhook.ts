import type {
  CallEvent,
  EchoEvent,
  Event,
  MessageEvent,
  QueueEvent,
  SessionEvent,
  StatusEvent,
} from '../contracts/event.ts';

/** Where Meta explains its error codes; statuses that failed carry it. */
const ERROR_CODES_PAGE = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/';

const seconds = (ms: number): string => String(Math.floor(ms / 1000));

/** Meta's names of what a change is about; `session_update` is ours. */
const FIELDS = {
  message: 'messages',
  status: 'messages',
  echo: 'smb_message_echoes',
  call: 'calls',
  session: 'session_update',
} as const;

/**
 * An event as the body of a webhook in Meta's shape: one change with one message, one status, one echo or one call or, under a field of our
 * own that Meta's clients skip, one session change. The entry's id is the account, which plays the role of Meta's WABA.
 */
export function renderWebhook(event: Event): object {
  if (event.type === 'queue') return bodyOf(event, event.report.split('.')[0] ?? '', { [event.report]: event.data });
  const metadata = { display_phone_number: event.displayPhoneNumber, phone_number_id: event.sessionId };
  return bodyOf(event, FIELDS[event.type], { messaging_product: 'whatsapp', metadata, ...contentOf(event) });
}

const bodyOf = ({ accountId }: Event, field: string, value: object): object => ({
  object: 'whatsapp_business_account',
  entry: [{ id: accountId, changes: [{ field, value }] }],
});

function contentOf(event: Exclude<Event, QueueEvent>): object {
  switch (event.type) {
    case 'message':
      return messageOf(event);
    case 'echo':
      return { message_echoes: [echoOf(event)] };
    case 'call':
      return { calls: [callOf(event)] };
    case 'status':
      return { statuses: [statusOf(event)] };
    case 'session':
      return { session: sessionOf(event) };
  }
}

/** `undefined` members vanish when the JSON is written, as Meta leaves out what it does not know. */
function messageOf(event: MessageEvent): object {
  const { from, fromUserId } = event;
  const message = {
    context: contextOf(event),
    from,
    from_user_id: fromUserId,
    group_id: event.groupId,
    id: event.wamid,
    timestamp: seconds(event.occurredAtMs),
    ...event.content,
    referral: event.referral,
  };
  // WhatsApp says it of the person, who wrote nothing: Meta sends no contact with it.
  if (event.content.type === 'system') return { messages: [message] };
  // WhatsApp itself shows the number of people without a name; clients read `profile.name` without asking.
  const name = event.profileName ?? from ?? fromUserId ?? '';
  return { contacts: [{ profile: { name }, wa_id: from, user_id: fromUserId }], messages: [message] };
}

function contextOf(event: MessageEvent | EchoEvent): object | undefined {
  const { context, forwarded } = event;
  const product = event.type === 'message' ? event.referredProduct : undefined;
  if (!context && !forwarded && !product) return undefined;
  return {
    from: context?.from,
    id: context?.id,
    forwarded: forwarded === 'once' ? true : undefined,
    frequently_forwarded: forwarded === 'often' ? true : undefined,
    referred_product: product,
  };
}

const echoOf = (event: EchoEvent): object => ({
  context: contextOf(event),
  from: event.displayPhoneNumber,
  to: event.groupId ?? event.to,
  to_user_id: event.toUserId,
  group_id: event.groupId,
  id: event.wamid,
  timestamp: seconds(event.occurredAtMs),
  ...event.content,
});

const callOf = (event: CallEvent): object => ({
  id: event.callId,
  from: event.from,
  from_user_id: event.fromUserId,
  to: event.displayPhoneNumber,
  group_id: event.groupId,
  event: event.call,
  timestamp: seconds(event.occurredAtMs),
  direction: 'USER_INITIATED',
  status: event.outcome,
  video: event.video,
});

function statusOf(event: StatusEvent): object {
  return {
    id: event.wamid,
    status: event.status,
    timestamp: seconds(event.occurredAtMs),
    recipient_id: event.recipientUserId === undefined ? event.recipientId : undefined,
    recipient_user_id: event.recipientUserId,
    recipient_type: event.recipientType,
    recipient_participant_id: event.participant,
    biz_opaque_callback_data: event.bizOpaqueCallbackData,
    errors: event.errors?.map((error) => ({ ...error, href: ERROR_CODES_PAGE })),
  };
}

function sessionOf(event: SessionEvent): object {
  return {
    id: event.sessionId,
    status: event.status,
    reason: event.reason,
    reason_code: event.reasonCode,
    timestamp: seconds(event.occurredAtMs),
  };
}
