import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Event, EventDelivery } from '#core/contracts/event.ts';
import type { BedCloud } from './bed-cloud.ts';

/** What the connector puts on the queues of the deliver function. */
export function makeBedEvents({ sqs, eventQueues }: Pick<BedCloud, 'sqs' | 'eventQueues'>) {
  const queued: Event[] = [];
  /** One poll of each queue at a time: it waits for what comes, while the other has something already. */
  const polls = new Map<string, Promise<void>>();
  const poll = (url: string): Promise<void> => {
    const going = polls.get(url);
    if (going) return going;
    const polled = take(sqs, url, POLL_S)
      .then((events) => void queued.push(...events))
      .finally(() => polls.delete(url));
    polls.set(url, polled);
    return polled;
  };
  /** @returns how many there were */
  const empty = async (url: string): Promise<number> => {
    let taken = 0;
    for (let events = await take(sqs, url); events.length > 0; events = await take(sqs, url)) {
      queued.push(...events);
      taken += events.length;
    }
    return taken;
  };
  const collect = async (): Promise<void> => {
    await Promise.all(polls.values());
    const taken = await Promise.all(eventQueues.map(empty));
    if (taken.every((count) => count === 0)) await Promise.race(eventQueues.map(poll));
  };
  return {
    /** Events taken so far. */
    queued,
    /** Takes what is on both queues now; waits a second for the first where nothing is. */
    collect,
    /** Takes events off both queues until one matches. */
    async event<T extends Event>(matches: (event: Event) => event is T, timeoutMs = 15_000): Promise<T> {
      const until = Date.now() + timeoutMs;
      for (;;) {
        const found = queued.find(matches);
        if (found) return found;
        if (Date.now() > until) throw new Error(`No such event among ${JSON.stringify(queued, undefined, 1)}`);
        await Promise.race(eventQueues.map(poll));
      }
    },
  };
}

/** How long a poll waits for the first event, seconds. */
const POLL_S = 1;

async function take(sqs: SQSClient, QueueUrl: string, WaitTimeSeconds = 0): Promise<Event[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds }),
  );
  if (Messages.length === 0) return [];
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  if (Failed.length > 0) throw new Error(`Not deleted: ${JSON.stringify(Failed)}`);
  return Messages.map(({ Body }) => (JSON.parse(Body ?? '') as EventDelivery).event);
}
