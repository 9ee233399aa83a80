import { ControlConnection } from './control/control-connection.ts';
import { PhoneWatch } from './control/phone-watch.ts';
import type { Disconnect } from './control/schemas.ts';
import type { Draft } from './control/writing-schema.ts';
import type { MagicNumber } from './magic-numbers.ts';
import type { PhoneEvent } from './phones/phone-events.ts';
import type { Person } from './store/directory.ts';
import type { PhoneMessage, StanzaRecord } from './store/message-log.ts';

export type { Draft } from './control/writing-schema.ts';
export type { PhoneEvent } from './phones/phone-events.ts';
export type { PhoneMessage, StanzaRecord } from './store/message-log.ts';

/** How long a wait lasts unless told otherwise. */
const DEFAULT_WAIT_MS = 15_000;
/** Messages and stanzas fetched when a list is asked for. */
const LIST_LIMIT = 10_000;

/** A person with their linked devices. */
export interface ShownPerson extends Person {
  readonly linkedDevices: readonly {
    readonly device: number;
    readonly jid: string;
    readonly name: string | undefined;
    readonly linkedMs: number;
    readonly isConnected: boolean;
  }[];
}

/** What can be changed of a person. */
type PersonChange = Partial<Pick<Person, 'name' | 'autoRead' | 'addressing'>> & {
  /** Whether the number is one of WhatsApp Business. */
  readonly business?: boolean;
};

/** A device that was just linked. */
export interface LinkedDevice {
  readonly device: number;
  /** `number:device@s.whatsapp.net` */
  readonly jid: string;
}

/** State of a linked device on the server. */
export interface DeviceState {
  readonly number: string;
  readonly device: number;
  readonly state: 'linked' | 'removed';
  readonly isConnected: boolean;
  readonly waiting: { readonly message: number; readonly receipt: number; readonly notification: number };
  /** One-time pre-keys left on the server. */
  readonly preKeys: number;
}

/**
 * Drives simulated phones over the sandbox's control API. Numbers may be written with `+` and spaces. Every method
 * rejects with the API's sentence when it refuses.
 */
export class SandboxClient {
  readonly #api: ControlConnection;

  /** @param controlUrl as `startSandbox` and `npm start` tell it */
  constructor(controlUrl: string) {
    this.#api = new ControlConnection(controlUrl);
  }

  async health(): Promise<{ status: string; connections: number; people: number; mediaHost: string }> {
    return (await this.#api.call('GET', '/health')) as {
      status: string;
      connections: number;
      people: number;
      mediaHost: string;
    };
  }

  async people(): Promise<ShownPerson[]> {
    return (await this.#api.call('GET', '/phones')) as ShownPerson[];
  }

  async person(number: string): Promise<ShownPerson> {
    return (await this.#api.call('GET', this.#path(number, ''))) as ShownPerson;
  }

  /** Gives somebody a phone; without a number, one that nobody has. */
  async createPerson(person: Partial<Pick<Person, 'number'>> & PersonChange = {}): Promise<ShownPerson> {
    return (await this.#api.call('POST', '/phones', person)) as ShownPerson;
  }

  async changePerson(number: string, change: PersonChange): Promise<ShownPerson> {
    return (await this.#api.call('PATCH', this.#path(number, ''), change)) as ShownPerson;
  }

  /** Links the device that shows this QR code; resolves once it is linked (it still has to log in). */
  async scan(number: string, qr: string): Promise<LinkedDevice> {
    return (await this.#api.call('POST', this.#path(number, '/scan'), { qr })) as LinkedDevice;
  }

  /** Links the device that shows this pairing code. */
  async enterPairingCode(number: string, code: string): Promise<LinkedDevice> {
    return (await this.#api.call('POST', this.#path(number, '/pairing-code'), { code })) as LinkedDevice;
  }

  /** Writes a text; resolves with the message once the server has taken it. */
  write(from: string, to: string, text: string): Promise<PhoneMessage> {
    return this.send(from, { to, text });
  }

  /** Writes anything. */
  async send(from: string, draft: Draft): Promise<PhoneMessage> {
    return (await this.#api.call('POST', this.#path(from, '/messages'), draft)) as PhoneMessage;
  }

  picture(from: string, to: string, file: Uint8Array, caption?: string): Promise<PhoneMessage> {
    const image = Buffer.from(file).toString('base64');
    return this.send(from, caption === undefined ? { to, image } : { to, image, caption });
  }

  reply(from: string, to: string, text: string, replyTo: string): Promise<PhoneMessage> {
    return this.send(from, { to, text, replyTo });
  }

  /** An empty emoji takes a reaction back. */
  react(from: string, to: string, emoji: string, targetId: string): Promise<PhoneMessage> {
    return this.send(from, { to, reaction: { emoji, targetId } });
  }

  edit(from: string, to: string, text: string, targetId: string): Promise<PhoneMessage> {
    return this.send(from, { to, edit: { text, targetId } });
  }

  revoke(from: string, to: string, targetId: string): Promise<PhoneMessage> {
    return this.send(from, { to, revoke: { targetId } });
  }

  /** Opens a message that the phone received; the author gets a read receipt. */
  async read(number: string, id: string, type: 'read' | 'played' = 'read'): Promise<unknown> {
    return this.#api.call('POST', this.#path(number, '/read'), { id, type });
  }

  /** Asks the author's device for a message again, as if the phone could not read it any more. */
  async askAgain(number: string, id: string): Promise<unknown> {
    return this.#api.call('POST', this.#path(number, '/ask-again'), { id });
  }

  async online(number: string): Promise<unknown> {
    return this.#api.call('POST', this.#path(number, '/online'));
  }

  async offline(number: string): Promise<unknown> {
    return this.#api.call('POST', this.#path(number, '/offline'));
  }

  /** Takes one linked device, or all of them, off the phone. */
  async unlink(number: string, device?: number): Promise<{ unlinked: number[] }> {
    return (await this.#api.call('POST', this.#path(number, '/unlink'), device === undefined ? {} : { device })) as {
      unlinked: number[];
    };
  }

  /** Moves a person to a number that nobody has; linked devices are taken off. */
  async changeNumber(number: string, to: string): Promise<ShownPerson> {
    return (await this.#api.call('POST', this.#path(number, '/change-number'), { to })) as ShownPerson;
  }

  async typing(number: string, to: string, state: 'composing' | 'paused'): Promise<unknown> {
    return this.#api.call('POST', this.#path(number, '/typing'), { to, state });
  }

  /** Rings at the linked devices of a number that are on line. */
  async call(from: string, to: string, video = false): Promise<{ id: string }> {
    return (await this.#api.call('POST', this.#path(from, '/calls'), { to, video })) as { id: string };
  }

  /** Ends a call: nobody took it, or (`taken`) the phone of the one called did. */
  async hangUp(from: string, to: string, id: string, taken = false): Promise<unknown> {
    return this.#api.call('POST', this.#path(from, '/hang-up'), { to, id, taken });
  }

  async createGroup(
    number: string,
    subject: string,
    members: readonly string[],
    addressing: 'pn' | 'lid' = 'lid',
  ): Promise<{ jid: string }> {
    return (await this.#api.call('POST', this.#path(number, '/groups'), { subject, members, addressing })) as {
      jid: string;
    };
  }

  /** What the phone shows, newest last: one entry per bubble. */
  async messages(
    number: string,
    filter: { readonly from?: string; readonly chat?: string } = {},
  ): Promise<PhoneMessage[]> {
    const query = new URLSearchParams({ limit: String(LIST_LIMIT), ...filter });
    return (await this.#api.call('GET', this.#path(number, `/messages?${query.toString()}`))) as PhoneMessage[];
  }

  /** Every message stanza that came to the person's devices, doubles included. */
  async stanzas(number: string): Promise<StanzaRecord[]> {
    return (await this.#api.call('GET', this.#path(number, `/stanzas?limit=${LIST_LIMIT}`))) as StanzaRecord[];
  }

  /** The decrypted file of a message that the phone shows. */
  async media(number: string, id: string): Promise<Buffer> {
    return this.#api.bytes(this.#path(number, `/messages/${encodeURIComponent(id)}/media`));
  }

  /** Numbers that behave in the named way, for example `not-on-whatsapp`. Rejects when there are none. */
  async magic(name: string): Promise<string[]> {
    const all = (await this.#api.call('GET', '/magic-numbers')) as MagicNumber[];
    const numbers = all.filter((each) => each.name === name).map((each) => each.number);
    if (numbers.length === 0) {
      const names = [...new Set(all.map((each) => each.name))].join(', ');
      throw new Error(`No number behaves as ${name}. There are: ${names}.`);
    }
    return numbers;
  }

  /** State of a linked device. @param jid `number:device`, with or without the server part */
  async device(jid: string): Promise<DeviceState> {
    return (await this.#api.call('GET', `/devices/${encodeURIComponent(jid)}`)) as DeviceState;
  }

  /** Ends a linked device's connection in that way, or refuses its logins until `accept`. */
  async disconnect(jid: string, how: Disconnect): Promise<unknown> {
    return this.#api.call('POST', `/devices/${encodeURIComponent(jid)}/disconnect`, { how });
  }

  /** The media host forgets all files; the phones still have them, unless `everywhere`. */
  async forgetMedia(options: { readonly everywhere?: boolean } = {}): Promise<unknown> {
    return this.#api.call('POST', '/media/forget', options);
  }

  /** Lets uploads or downloads of media fail with a status; null makes them work again. */
  async mediaFaults(faults: { readonly upload?: number | null; readonly download?: number | null }): Promise<unknown> {
    return this.#api.call('POST', '/media/faults', faults);
  }

  /**
   * Resolves with the first message on the phone that `matches`, one that is there already or the next to come.
   * Rejects after `timeoutMs` milliseconds.
   */
  waitForMessage(
    number: string,
    matches: (message: PhoneMessage) => boolean,
    timeoutMs = DEFAULT_WAIT_MS,
  ): Promise<PhoneMessage> {
    const fromEvent = (event: PhoneEvent): PhoneMessage | undefined =>
      (event.type === 'message' || event.type === 'status') && matches(event.message) ? event.message : undefined;
    const already = async (): Promise<PhoneMessage | undefined> => (await this.messages(number)).find(matches);
    return this.#api.wait(this.#path(number, '/events'), { fromEvent, already, timeoutMs });
  }

  /** Starts to listen to a phone. Once this has resolved, no event of the phone is missed until `stop` is called. */
  async watch(number: string): Promise<PhoneWatch> {
    const watch = new PhoneWatch();
    await watch.start((signal, onListening) => this.events(number, signal, onListening));
    return watch;
  }

  /** The phone's events from now on, until `signal` aborts. `onListening` is called once nothing is missed any more. */
  events(number: string, signal: AbortSignal, onListening?: () => void): AsyncGenerator<PhoneEvent> {
    return this.#api.events(this.#path(number, '/events'), signal, onListening);
  }

  #path(number: string, rest: string): string {
    return `/phones/${encodeURIComponent(number)}${rest}`;
  }
}
