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

/** The number does not exist at WhatsApp. */
export const NOT_ON_WHATSAPP = failure(131026, UNDELIVERABLE, 'The recipient’s phone number is not on WhatsApp.');

/** WhatsApp kept silent, however often the message went out under its id. */
export const NEVER_ACKNOWLEDGED = failure(
  131000,
  WENT_WRONG,
  'WhatsApp did not acknowledge the message. It may still have been delivered.',
);

/** WhatsApp's error codes on a message (whatsapp.md section 7 and the sandbox's magic numbers). */
const REFUSED: ReadonlyMap<string, EventError> = new Map([
  [
    '463',
    failure(
      131048,
      'Spam rate limit hit',
      'WhatsApp does not let this number open new chats at present. Only people who have written before can be reached.',
    ),
  ],
  ['479', failure(131026, UNDELIVERABLE, 'WhatsApp rejected what it was sent for the devices of this recipient.')],
  ['400', failure(131026, UNDELIVERABLE, 'WhatsApp rejected the message as malformed.')],
  ['401', failure(131026, UNDELIVERABLE, 'This number may not write to the recipient.')],
  ['403', failure(131026, UNDELIVERABLE, 'This number may not write to the recipient.')],
  ['404', failure(131026, UNDELIVERABLE, 'WhatsApp does not know the recipient.')],
  ['429', failure(131048, 'Spam rate limit hit', 'WhatsApp takes no more messages of this number for the time being.')],
]);

/** What a client is told about WhatsApp's refusal. */
export const refusalOf = (code: string): EventError =>
  REFUSED.get(code) ?? failure(131000, WENT_WRONG, `WhatsApp refused the message with error ${code}.`);

/** What a client is told when its session can't send. */
export function unavailableOf(status: SessionStatus): EventError {
  if (status === 'banned') return failure(131031, 'Account has been locked', 'WhatsApp has banned this number.');
  const details =
    status === 'stopped'
      ? 'The session is stopped. Start it to send.'
      : 'The session is not linked to a phone. Pair it.';
  return failure(133010, NOT_REGISTERED, details);
}
