import type { Event, MessageEvent, SessionEvent, StatusEvent } from '../contracts/event.ts';

/** Where Meta explains its error codes; statuses that failed carry it. */
const ERROR_CODES_PAGE = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/';

const seconds = (ms: number): string => String(Math.floor(ms / 1000));

/**
 * An event as the body of a webhook in Meta's shape: one change with one message, one status or, under a field of our own that
 * Meta's clients skip, one session change. The entry's id is the account, which plays the role of Meta's WABA.
 */
export function renderWebhook(event: Event): object {
  const metadata = { display_phone_number: event.displayPhoneNumber, phone_number_id: event.sessionId };
  const value = { messaging_product: 'whatsapp', metadata, ...contentOf(event) };
  const field = event.type === 'session' ? 'session_update' : 'messages';
  return { object: 'whatsapp_business_account', entry: [{ id: event.accountId, changes: [{ field, value }] }] };
}

function contentOf(event: Event): object {
  switch (event.type) {
    case 'message':
      return messageOf(event);
    case 'status':
      return { statuses: [statusOf(event)] };
    case 'session':
      return { session: sessionOf(event) };
  }
}

/** `undefined` members vanish when the JSON is written, as Meta leaves out what it does not know. */
function messageOf(event: MessageEvent): object {
  const { from, fromUserId, context } = event;
  // WhatsApp itself shows the number of people without a name; clients read `profile.name` without asking.
  const name = event.profileName ?? from ?? fromUserId ?? '';
  return {
    contacts: [{ profile: { name }, wa_id: from, user_id: fromUserId }],
    messages: [
      {
        context: context && { from: context.from, id: context.id },
        from,
        from_user_id: fromUserId,
        group_id: event.groupId,
        id: event.wamid,
        timestamp: seconds(event.occurredAtMs),
        ...event.content,
      },
    ],
  };
}

function statusOf(event: StatusEvent): object {
  return {
    id: event.wamid,
    status: event.status,
    timestamp: seconds(event.occurredAtMs),
    recipient_id: event.recipientId,
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
    timestamp: seconds(event.occurredAtMs),
  };
}
