/** What happens to a message to a magic number, before or after it reaches the phone. */
export type MagicBehaviour =
  | { readonly kind: 'absent' }
  | { readonly kind: 'nack'; readonly error: number; readonly times: 'always' | 'once-per-message' }
  | { readonly kind: 'no-ack'; readonly isDelivered: boolean }
  | { readonly kind: 'ack-lost-once' }
  | { readonly kind: 'cannot-decrypt'; readonly failures: number }
  | { readonly kind: 'devices'; readonly count: number }
  | { readonly kind: 'devices-unnamed' }
  | { readonly kind: 'reads-at-once' }
  | { readonly kind: 'always-offline' }
  | { readonly kind: 'lid-addressed' }
  | { readonly kind: 'echo' };

export interface MagicNumber {
  /** Digits, as WhatsApp registers them. */
  readonly number: string;
  /** By which tests ask for it; several numbers may share one. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly does: string;
  readonly behaviour: MagicBehaviour;
}

/** `+55 11 90000-00NN`: an unassigned block of São Paulo mobiles. */
const MAGIC_PREFIX = '55119000000';

/** More than a client ever tries, so that the message never decrypts. */
const FOREVER = 1_000;

function magic(label: string, does: string, behaviour: MagicBehaviour): MagicNumber {
  const [suffix, name = ''] = label.split(' ');
  return { number: `${MAGIC_PREFIX}${suffix}`, name, does, behaviour };
}

function refused(suffix: string, error: number, meaning: string): MagicNumber {
  const behaviour: MagicBehaviour = { kind: 'nack', error, times: 'always' };
  return magic(
    `${suffix} nack-${error}`,
    `The server refuses every message with error ${error} (${meaning}).`,
    behaviour,
  );
}

function refusedOnce(suffix: string, error: number): MagicNumber {
  const does = `The server refuses a message with error ${error} once and takes the same id when it comes again.`;
  return magic(`${suffix} nack-${error}-once`, does, { kind: 'nack', error, times: 'once-per-message' });
}

/** Every number that behaves unlike an ordinary person. */
export const MAGIC_NUMBERS: readonly MagicNumber[] = [
  magic('01 not-on-whatsapp', 'Is not on WhatsApp.', { kind: 'absent' }),
  magic('02 not-on-whatsapp', 'Is not on WhatsApp either, for tests that need two.', { kind: 'absent' }),
  refused('10', 463, 'reach-out timelock: the account may not open new chats'),
  refused('11', 479, 'stanza rejected, usually a stale device list'),
  refused('12', 400, 'bad request'),
  refused('13', 500, 'internal error'),
  refusedOnce('14', 479),
  refused('15', 401, 'not authorized'),
  refused('16', 403, 'forbidden, as by somebody who has blocked the account'),
  refused('17', 404, 'not found'),
  refused('18', 408, 'time out inside the server'),
  refused('19', 429, 'too many messages'),
  refusedOnce('23', 503),
  refused('24', 503, 'service unavailable'),
  magic('20 no-ack', 'The server swallows every message: no ack, nothing delivered.', {
    kind: 'no-ack',
    isDelivered: false,
  }),
  magic('21 ack-lost-once', 'The ack of a message is lost once and comes when the same id comes again.', {
    kind: 'ack-lost-once',
  }),
  magic('22 ack-lost', 'The server delivers every message, but the ack never arrives.', {
    kind: 'no-ack',
    isDelivered: true,
  }),
  magic('30 decrypts-later', 'Cannot decrypt a message at first and asks for it again once.', {
    kind: 'cannot-decrypt',
    failures: 1,
  }),
  magic('31 never-decrypts', 'Can never decrypt and asks for each message again, five times.', {
    kind: 'cannot-decrypt',
    failures: FOREVER,
  }),
  magic('40 three-devices', 'Has a phone and two linked devices.', { kind: 'devices', count: 3 }),
  magic('41 devices-unnamed', 'Is on WhatsApp, but the server names none of its devices.', { kind: 'devices-unnamed' }),
  magic('50 reads-at-once', 'Reads everything at once.', { kind: 'reads-at-once' }),
  magic('51 offline', 'Has its phone switched off until it is put online by hand.', { kind: 'always-offline' }),
  magic('52 lid', 'Writes and answers under its LID, with the phone number beside it.', { kind: 'lid-addressed' }),
  magic('53 echo', 'Reads every text at once and sends the same text back.', { kind: 'echo' }),
];

const BY_NUMBER = new Map(MAGIC_NUMBERS.map((each) => [each.number, each.behaviour]));

/** The special behaviour of a registered number, if it has any. */
export function magicBehaviour(number: string): MagicBehaviour | undefined {
  return BY_NUMBER.get(number);
}

/** Whether somebody can be reached under that registered number. */
export function isOnWhatsApp(number: string): boolean {
  return magicBehaviour(number)?.kind !== 'absent';
}
