import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';

/** Works on a queue until it is killed, and says what is done after it is done. */
const database = new DatabaseSync(process.argv[2] ?? '');
// The start of the test bed's clock: the durability test looks at the same moment.
const clock = new VirtualClock(1_795_132_800_000);
const sqs = new SqsService({ clock, database, endpoint: () => 'http://127.0.0.1' });
sqs.ensureQueues([{ name: 'work.fifo', properties: { FifoQueue: true, VisibilityTimeout: 30 } }]);
const tell = (line: string): void => void writeSync(1, `${line}\n`);

for (let n = 0; n < 100_000; n++) {
  const body = `m${n}`;
  sqs.send('work.fifo', { body, groupId: `g${n % 7}`, deduplicationId: body, senderId: 'victim' });
  tell(`sent ${body}`);
  if (n % 3 !== 0) continue;
  const [message] = await sqs.receive('work.fifo', { max: 1 });
  if (!message) continue;
  tell(`received ${message.Body}`);
  if (n % 2 !== 0) continue;
  sqs.delete('work.fifo', message.ReceiptHandle);
  tell(`deleted ${message.Body}`);
}
