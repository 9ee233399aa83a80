import type { Disconnect } from './control/schemas.ts';
import type { MagicNumber } from './magic-numbers.ts';
import type { PhoneEvent } from './phones/phone-events.ts';
import type { Person } from './store/directory.ts';
import type { PhoneMessage, StanzaRecord } from './store/message-log.ts';

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

/** A device that was just linked. */
export interface LinkedDevice {
  readonly device: number;
  /** `number:device@s.whatsapp.net` */
  readonly jid: string;
}

/** What can be written besides plain text; see the control API. */
export interface Draft {
  readonly to: string;
  readonly id?: string;
  readonly addressing?: 'pn' | 'lid';
  readonly text?: string;
  readonly replyTo?: string;
  readonly reaction?: { readonly emoji: string; readonly targetId: string };
  readonly edit?: { readonly text: string; readonly targetId: string };
  readonly revoke?: { readonly targetId: string };
  /** Base64, as `video`, `audio` and `document` are. */
  readonly image?: string;
  readonly video?: string;
  readonly audio?: string;
  readonly document?: string;
  readonly mimetype?: string;
  readonly caption?: string;
  readonly fileName?: string;
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
  readonly #url: string;

  /** @param controlUrl as `startSandbox` and `npm start` tell it */
  constructor(controlUrl: string) {
    this.#url = controlUrl.replace(/\/+$/, '');
  }

  health(): Promise<{ status: string; connections: number; people: number; mediaHost: string }> {
    return this.#call('GET', '/health');
  }

  people(): Promise<ShownPerson[]> {
    return this.#call('GET', '/phones');
  }

  person(number: string): Promise<ShownPerson> {
    return this.#call('GET', this.#path(number, ''));
  }

  /** Gives somebody a phone; without a number, one that nobody has. */
  createPerson(
    person: Partial<Pick<Person, 'number' | 'name' | 'autoRead' | 'addressing'>> = {},
  ): Promise<ShownPerson> {
    return this.#call('POST', '/phones', person);
  }

  changePerson(
    number: string,
    change: Partial<Pick<Person, 'name' | 'autoRead' | 'addressing'>>,
  ): Promise<ShownPerson> {
    return this.#call('PATCH', this.#path(number, ''), change);
  }

  /** Links the device that shows this QR code; resolves once it is linked (it still has to log in). */
  scan(number: string, qr: string): Promise<LinkedDevice> {
    return this.#call('POST', this.#path(number, '/scan'), { qr });
  }

  /** Links the device that shows this pairing code. */
  enterPairingCode(number: string, code: string): Promise<LinkedDevice> {
    return this.#call('POST', this.#path(number, '/pairing-code'), { code });
  }

  /** Writes a text; resolves with the message once the server has taken it. */
  write(from: string, to: string, text: string): Promise<PhoneMessage> {
    return this.send(from, { to, text });
  }

  /** Writes anything. */
  send(from: string, draft: Draft): Promise<PhoneMessage> {
    return this.#call('POST', this.#path(from, '/messages'), draft);
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
  read(number: string, id: string, type: 'read' | 'played' = 'read'): Promise<unknown> {
    return this.#call('POST', this.#path(number, '/read'), { id, type });
  }

  online(number: string): Promise<unknown> {
    return this.#call('POST', this.#path(number, '/online'));
  }

  offline(number: string): Promise<unknown> {
    return this.#call('POST', this.#path(number, '/offline'));
  }

  /** Takes one linked device, or all of them, off the phone. */
  unlink(number: string, device?: number): Promise<{ unlinked: number[] }> {
    return this.#call('POST', this.#path(number, '/unlink'), device === undefined ? {} : { device });
  }

  typing(number: string, to: string, state: 'composing' | 'paused'): Promise<unknown> {
    return this.#call('POST', this.#path(number, '/typing'), { to, state });
  }

  createGroup(
    number: string,
    subject: string,
    members: readonly string[],
    addressing: 'pn' | 'lid' = 'lid',
  ): Promise<{ jid: string }> {
    return this.#call('POST', this.#path(number, '/groups'), { subject, members, addressing });
  }

  /** What the phone shows, newest last: one entry per bubble. */
  messages(number: string, filter: { readonly from?: string; readonly chat?: string } = {}): Promise<PhoneMessage[]> {
    const query = new URLSearchParams({ limit: String(LIST_LIMIT), ...filter });
    return this.#call('GET', this.#path(number, `/messages?${query}`));
  }

  /** Every message stanza that came to the person's devices, doubles included. */
  stanzas(number: string): Promise<StanzaRecord[]> {
    return this.#call('GET', this.#path(number, `/stanzas?limit=${LIST_LIMIT}`));
  }

  /** The decrypted file of a message that the phone shows. */
  async media(number: string, id: string): Promise<Buffer> {
    const response = await this.#fetch('GET', this.#path(number, `/messages/${encodeURIComponent(id)}/media`));
    return Buffer.from(await response.arrayBuffer());
  }

  /** Numbers that behave in the named way, for example `not-on-whatsapp`. Rejects when there are none. */
  async magic(name: string): Promise<string[]> {
    const all = await this.#call<MagicNumber[]>('GET', '/magic-numbers');
    const numbers = all.filter((each) => each.name === name).map((each) => each.number);
    if (numbers.length === 0) {
      const names = [...new Set(all.map((each) => each.name))].join(', ');
      throw new Error(`No number behaves as ${name}. There are: ${names}.`);
    }
    return numbers;
  }

  /** State of a linked device. @param jid `number:device`, with or without the server part */
  device(jid: string): Promise<DeviceState> {
    return this.#call('GET', `/devices/${encodeURIComponent(jid)}`);
  }

  /** Ends a linked device's connection in that way, or refuses its logins until `accept`. */
  disconnect(jid: string, how: Disconnect): Promise<unknown> {
    return this.#call('POST', `/devices/${encodeURIComponent(jid)}/disconnect`, { how });
  }

  /** Lets uploads or downloads of media fail with a status; null makes them work again. */
  mediaFaults(faults: { readonly upload?: number | null; readonly download?: number | null }): Promise<unknown> {
    return this.#call('POST', '/media/faults', faults);
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
    return this.#wait(number, { fromEvent, already, timeoutMs });
  }

  /** Resolves with the next event of the phone that `matches`. Rejects after `timeoutMs` milliseconds. */
  waitForEvent(
    number: string,
    matches: (event: PhoneEvent) => boolean,
    timeoutMs = DEFAULT_WAIT_MS,
  ): Promise<PhoneEvent> {
    const fromEvent = (event: PhoneEvent): PhoneEvent | undefined => (matches(event) ? event : undefined);
    return this.#wait(number, { fromEvent, already: async () => undefined, timeoutMs });
  }

  /** The phone's events from now on, until `signal` aborts. `onListening` is called once nothing is missed any more. */
  async *events(number: string, signal: AbortSignal, onListening?: () => void): AsyncGenerator<PhoneEvent> {
    const response = await this.#fetch('GET', this.#path(number, '/events'), undefined, signal);
    let buffered = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      buffered += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = buffered.split('\n\n');
      buffered = blocks.pop() ?? '';
      for (const block of blocks) {
        if (block.startsWith(':')) onListening?.();
        else if (block.startsWith('data: ')) yield JSON.parse(block.slice('data: '.length)) as PhoneEvent;
      }
    }
  }

  async #wait<T>(
    number: string,
    wait: {
      readonly fromEvent: (event: PhoneEvent) => T | undefined;
      readonly already: () => Promise<T | undefined>;
      readonly timeoutMs: number;
    },
  ): Promise<T> {
    const hangUp = new AbortController();
    const late = new Error(`Nothing that was waited for came to ${number} within ${wait.timeoutMs} ms.`);
    const timer = setTimeout(() => hangUp.abort(late), wait.timeoutMs);
    try {
      return await this.#firstMatch(number, wait, hangUp.signal);
    } finally {
      clearTimeout(timer);
      hangUp.abort();
    }
  }

  async #firstMatch<T>(
    number: string,
    wait: { readonly fromEvent: (event: PhoneEvent) => T | undefined; readonly already: () => Promise<T | undefined> },
    signal: AbortSignal,
  ): Promise<T> {
    let found: T | undefined;
    // What is there already is looked up once events are being listened to, so that nothing falls between.
    return new Promise<T>((resolve, reject) => {
      const lookUp = (): void => {
        wait.already().then((value) => value !== undefined && resolve(value), reject);
      };
      const listen = async (): Promise<void> => {
        for await (const event of this.events(number, signal, lookUp)) {
          found = wait.fromEvent(event);
          if (found !== undefined) return resolve(found);
        }
        reject(new Error('The sandbox ended the stream of events.'));
      };
      listen().catch((error: unknown) => reject(signal.aborted ? signal.reason : error));
    });
  }

  #path(number: string, rest: string): string {
    return `/phones/${encodeURIComponent(number)}${rest}`;
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.#fetch(method, path, body);
    return (await response.json()) as T;
  }

  async #fetch(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
    const init: RequestInit = { method };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal !== undefined) init.signal = signal;
    const response = await fetch(`${this.#url}${path}`, init);
    if (response.ok) return response;
    const text = await response.text();
    throw new Error(sentenceIn(text) ?? `The sandbox answered ${response.status} to ${method} ${path}: ${text}`);
  }
}

function sentenceIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } };
    return error?.message;
  } catch {
    return undefined;
  }
}
