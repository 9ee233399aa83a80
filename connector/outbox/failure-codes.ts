import type { EventError } from '#core/contracts/event.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';

const failure = (code: number, title: string, details: string): EventError => ({
  code,
  title,
  message: title,
  error_data: { details },
});

const UNDELIVERABLE = 'Message undeliverable';
const WENT_WRONG = 'Something went wrong';
const NOT_REGISTERED = 'Phone number not registered';
const SPAM = 'Spam rate limit hit';
const UNAVAILABLE = 'Service unavailable';

/** The number does not exist at WhatsApp. */
export const NOT_ON_WHATSAPP = failure(131026, UNDELIVERABLE, 'The recipient’s phone number is not on WhatsApp.');

/** There is no such group, or the number has left it. */
export const NOT_IN_GROUP = failure(131026, UNDELIVERABLE, 'The number is in no such group. Nothing was sent.');

/** WhatsApp kept silent, however often the message went out under its id. */
export const NEVER_ACKNOWLEDGED = failure(
  131000,
  WENT_WRONG,
  'WhatsApp did not acknowledge the message. It may still have been delivered.',
);

/** WhatsApp did not answer what has to be known before, or named no device to encrypt for. */
export const NEVER_LEFT = failure(
  131026,
  UNDELIVERABLE,
  'WhatsApp did not say on which devices the recipient is. Nothing was sent.',
);

/** Its time to live was over before the session could send it. */
export const EXPIRED = failure(
  131016,
  UNAVAILABLE,
  'The message’s time to live was over before its session could send it. Nothing was sent.',
);

export const EXPIRED_UNACKNOWLEDGED = failure(
  131016,
  UNAVAILABLE,
  'The message’s time to live was over before WhatsApp acknowledged it. It may still have been delivered.',
);

export const SESSION_DELETED = failure(
  133010,
  NOT_REGISTERED,
  'The session was deleted before it had sent the message.',
);

const NOT_VALID = 'Parameter value is not valid';

/** What a reaction, an edit or a revocation is about. */
export const NO_SUCH_MESSAGE = failure(
  131009,
  NOT_VALID,
  'The message that this one is about is not known: it was not sent, could not be read, or is older than messages are kept.',
);
export const NOT_IN_THIS_CHAT = failure(131009, NOT_VALID, 'The message that this one is about is in another chat.');
export const TOO_LATE_TO_EDIT = failure(131009, NOT_VALID, 'A message can be changed within 15 minutes.');
export const TOO_LATE_TO_REVOKE = failure(131009, NOT_VALID, 'A message can be deleted for everyone within two days.');
export const NOT_EDITABLE = failure(131009, NOT_VALID, 'Only texts and captions can be changed.');

/** With what it quotes it is larger than what can be kept of a message. */
export const TOO_LARGE = failure(131009, NOT_VALID, 'The message is too large, with what it quotes.');

/** WhatsApp’s media host refused the file, however often it was offered. */
export const NOT_UPLOADED = failure(131053, 'Media upload error', 'WhatsApp did not take the file. Nothing was sent.');

/** Written by a newer release, before a rollback. */
export const UNKNOWN_KIND = failure(131051, 'Unsupported message type', 'This release of Pombo can’t send this kind.');

/** The session writes to no new people for a time: WhatsApp refused one (463), and each further try makes it worse. */
export const coldPaused = (untilMs: number): EventError =>
  failure(
    131048,
    SPAM,
    'WhatsApp does not let this number open new chats at present. People who have written to it can be reached; ' +
      `others again from ${new Date(untilMs).toISOString()} on.`,
  );

/** WhatsApp has trouble of its own; the same message may pass a little later. */
const PASSING: ReadonlySet<string> = new Set(['408', '500', '502', '503', '504']);
export const isPassing = (code: string): boolean => PASSING.has(code);

/** Reach-out timelock: no new chats (whatsapp.md section 7). */
export const NO_NEW_CHATS = '463';

const NOT_ALLOWED = failure(131026, UNDELIVERABLE, 'This number may not write to the recipient.');
const MALFORMED = failure(131026, UNDELIVERABLE, 'WhatsApp rejected the message as malformed.');
const TROUBLE = failure(131016, UNAVAILABLE, 'WhatsApp could not take the message, however often it was sent.');
const STALE = failure(131026, UNDELIVERABLE, 'WhatsApp rejected what it was sent for the devices of this recipient.');
const TOO_MANY = failure(131048, SPAM, 'WhatsApp takes no more messages of this number for the time being.');

/** WhatsApp's error codes on a message (whatsapp.md section 7 and the sandbox's magic numbers). */
const REFUSED: ReadonlyMap<string, EventError> = new Map([
  ['400', MALFORMED],
  ['401', NOT_ALLOWED],
  ['403', NOT_ALLOWED],
  ['404', failure(131026, UNDELIVERABLE, 'WhatsApp does not know the recipient.')],
  ['405', NOT_ALLOWED],
  ['406', MALFORMED],
  ['410', failure(131026, UNDELIVERABLE, 'The recipient is not there any more.')],
  ['429', TOO_MANY],
  ['479', STALE],
  ...[...PASSING].map((code) => [code, TROUBLE] as const),
]);

/** What a client is told about WhatsApp's refusal. */
export const refusalOf = (code: string): EventError =>
  REFUSED.get(code) ?? failure(131000, WENT_WRONG, `WhatsApp refused the message with error ${code}.`);

/** Why a session that is not open will not send either before a person has done something; undefined: it may. */
export function unavailableOf({
  status,
  phoneNumber,
}: {
  readonly status: SessionStatus;
  /** Empty before it was ever paired. */
  readonly phoneNumber: string;
}): EventError | undefined {
  switch (status) {
    case 'open':
    case 'connecting':
    case 'reconnecting':
      return undefined;
    case 'stopped':
      return phoneNumber === '' ? NOT_LINKED : undefined;
    case 'created':
    case 'pairing':
      return NOT_LINKED;
    case 'logged_out':
      return LOGGED_OUT;
    case 'banned':
      return BANNED;
  }
}

const NOT_LINKED = failure(133010, NOT_REGISTERED, 'The session is not linked to a phone. Pair it.');
const LOGGED_OUT = failure(133010, NOT_REGISTERED, 'The number was logged out. Start the session to link it anew.');
const BANNED = failure(131031, 'Account has been locked', 'WhatsApp has banned this number.');
