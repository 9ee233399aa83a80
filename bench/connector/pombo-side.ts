import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { chatHashOf } from '#core/domain/shard.ts';
import { CollectedEvents } from '../../test/chaos/collected-events.ts';
import type { Bed, Identity } from '../../test/connector/connector-bed.ts';
import type { ConnectorProcess } from '../../test/connector/connector-process.ts';
import { textCommandOf } from '../text-command.ts';

/** One linked number of Pombo's. */
export interface PomboNumber {
  readonly number: string;
  readonly session: Identity;
}

const LOOK_MS = 10;
/** Messages that one call of SQS takes. */
const BATCH = 10;

/** The connector as it is deployed, fed by its queues. */
export class PomboSide {
  readonly events: CollectedEvents;
  readonly #bed: Bed;
  readonly connector: ConnectorProcess;

  private constructor(bed: Bed, connector: ConnectorProcess) {
    this.#bed = bed;
    this.connector = connector;
    this.events = new CollectedEvents(bed.sqs, bed.eventQueues);
  }

  static async start(bed: Bed, env: Readonly<Record<string, string>> = {}): Promise<PomboSide> {
    return new PomboSide(bed, await bed.startConnector({ env }));
  }

  get pid(): number {
    return this.connector.pid ?? 0;
  }

  async link(number: string): Promise<PomboNumber> {
    const session = await this.#bed.createSession();
    await this.#bed.command(session, { type: 'session.start' });
    await this.#bed.phones.scan(number, await this.#bed.qr(session));
    await this.#bed.status(session, 'open');
    return { number, session };
  }

  /** Puts texts for one chat on the queue, in order. Resolves when they are there. */
  async queueTexts({ session }: PomboNumber, to: string, count: number): Promise<void> {
    for (let from = 0; from < count; from += BATCH) {
      const texts = Array.from({ length: Math.min(BATCH, count - from) }, (_, index) => `out ${from + index}`);
      const Entries = texts.map((text, index) => entryOf(session, { to, text, index }));
      await this.#bed.sqs.send(new SendMessageBatchCommand({ QueueUrl: this.#bed.outbound[session.shard], Entries }));
    }
  }

  count(kind: 'sent' | 'received'): number {
    return this.events.all.filter((event) =>
      kind === 'sent' ? event.type === 'status' && event.status === 'sent' : event.type === 'message',
    ).length;
  }

  /** Resolves when so many events of the kind have come to the queues in all. */
  async has(kind: 'sent' | 'received', count: number): Promise<void> {
    while (this.count(kind) < count) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }

  async stop(): Promise<void> {
    await this.events.stop();
    if (this.connector.running) await this.connector.kill('SIGKILL');
  }
}

/** Of a batch of the queue. */
function entryOf(
  session: Identity,
  { to, text, index }: { readonly to: string; readonly text: string; readonly index: number },
) {
  const command = textCommandOf(session, { to, body: text });
  return {
    Id: String(index),
    MessageBody: JSON.stringify({ ...command, traceId: command.wamid }),
    MessageGroupId: `${session.sessionUid}#${chatHashOf(to)}`,
    MessageDeduplicationId: command.stanzaId,
  };
}
