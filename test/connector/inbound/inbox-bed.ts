import { MessageRefusedError } from '#core/adapters/sqs/send-batcher.ts';
import type { EchoEvent, MessageEvent } from '#core/contracts/event.ts';
import type { OrderedItem } from '#core/contracts/inbound/order.ts';
import type { MessagesReplayCommand } from '#core/contracts/outbound-command.ts';
import {
  AccountIdSchema,
  EndpointIdSchema,
  JobIdSchema,
  SessionIdSchema,
  SessionUidSchema,
  StanzaIdSchema,
} from '#core/domain/ids.ts';
import { Inbox } from '../../../connector/inbound/inbox.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import {
  type Arrival,
  type ArrivedPart,
  type FindMessage,
  type ReadMessage,
  type ReceivedMessage,
  US,
} from '../../../connector/whatsapp/whatsapp-port.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { memoryMessages } from './memory-messages.ts';

const identity = {
  accountId: AccountIdSchema.parse('123456789012345678'),
  sessionId: SessionIdSchema.parse('12345'),
  sessionUid: SessionUidSchema.parse('a'.repeat(24)),
};
const logger = makeLogger({ level: 'silent', version: '0' });

export const arrival = (id: string, over: Partial<Arrival> = {}): Arrival => ({
  stanzaId: StanzaIdSchema.parse(id),
  chat: '99@lid',
  author: '99@lid',
  authorAlt: '552@s.whatsapp.net',
  fromMe: false,
  sentAtMs: 1000,
  content: Buffer.from(`text ${id}`),
  ...over,
});

export const part = (message: Arrival, over: Partial<ArrivedPart> = {}): ArrivedPart => ({
  message,
  index: 0,
  last: true,
  control: false,
  ...over,
});

export async function arrive(inbox: Inbox, message: Arrival): Promise<void> {
  await inbox.put(part(message));
  await inbox.committed(part(message));
}

export const replayOf = (fromMs: number, toMs: number): MessagesReplayCommand => ({
  version: 1,
  ...identity,
  acceptedAtMs: 0,
  type: 'messages.replay',
  jobId: JobIdSchema.parse('job_0123456789abcdef'),
  endpointId: EndpointIdSchema.parse(`wh_${'b'.repeat(24)}`),
  fromMs,
  toMs,
});

/** Inboxes of one session over one table in memory and a queue that notes what it takes. */
export class InboxBed {
  readonly clock = new VirtualClock(1_000_000);
  readonly memory = memoryMessages();
  readonly published: (MessageEvent | EchoEvent)[] = [];
  readonly replayed: {
    readonly endpointId: string;
    readonly event: MessageEvent | EchoEvent;
    readonly jobId: string;
  }[] = [];
  /** How often a message that can't be read was read. */
  reads = 0;
  /** What WhatsApp says is in an order, whenever it does; messages that say `order` are orders. */
  products: Promise<readonly OrderedItem[] | undefined> = Promise.resolve(undefined);
  /** How often it was asked. */
  asked = 0;
  /** While set, the queue takes nothing. */
  outage: PromiseWithResolvers<void> | undefined;
  #arrivals = 0;
  #life = new AbortController();

  /** The inbox of a new process; the one before is killed. */
  restart(): Inbox {
    this.#life.abort(new Error('killed'));
    this.#life = new AbortController();
    return new Inbox({
      identity,
      table: this.memory.table,
      readMessage: async (message, find) => this.#read(message, find),
      displayPhoneNumber: () => '551',
      ownJids: () => ['551@s.whatsapp.net', '1@lid'],
      orderProducts: () => {
        this.asked += 1;
        return this.products;
      },
      nextArrival: () => ++this.#arrivals,
      publish: async (event) => {
        await this.outage?.promise;
        if (event.content.type === 'text' && event.content.text.body === 'too long')
          throw new MessageRefusedError('no');
        this.published.push(event);
      },
      publishTo: async (endpointId, event, jobId) => void this.replayed.push({ endpointId, event, jobId }),
      clock: this.clock,
      logger,
      onPublished: () => undefined,
      signal: this.#life.signal,
    });
  }

  /** What was published: texts, and error codes of what is unsupported. */
  bodies(): (string | number | undefined)[] {
    return this.published.map(({ content }) =>
      content.type === 'text' ? content.text.body : 'errors' in content ? content.errors[0]?.code : undefined,
    );
  }

  async #read(message: ReceivedMessage, find: FindMessage): Promise<ReadMessage> {
    const body = Buffer.from(message.content).toString();
    if (body === 'broken') {
      this.reads += 1;
      throw new Error('not a protobuf');
    }
    if (body === 'order') {
      const order = { orderId: '1', token: 'x' };
      return { type: 'content', content: { type: 'order', order: { catalog_id: '1', text: '' } }, order };
    }
    if (body === 'housekeeping') return { type: 'housekeeping', kind: 'test' };
    const quoted = body.startsWith('re ')
      ? await find({ stanzaId: body.slice(3), author: body.startsWith('re ours') ? US : message.author })
      : undefined;
    const context = quoted && {
      context: { id: quoted.wamid, ...(quoted.from !== undefined && { from: quoted.from }) },
    };
    return { type: 'content', content: { type: 'text', text: { body } }, ...context };
  }
}
