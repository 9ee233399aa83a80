import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { START_MS, startSqs } from './sqs-test-bed.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pombo-sqs-'));
  path = join(folder, 'sqs.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const VICTIM = fileURLToPath(new URL('./killed-sender.ts', import.meta.url));

/** Runs a process that sends, receives and deletes until it is killed, and returns what it was told is done. */
async function killWhileWorking(): Promise<{ sent: Set<string>; deleted: Set<string>; inFlight: Set<string> }> {
  const child = spawn(process.execPath, [VICTIM, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const done = { sent: new Set<string>(), deleted: new Set<string>(), inFlight: new Set<string>() };
  for await (const line of createInterface({ input: child.stdout })) {
    const [kind, body = ''] = line.split(' ');
    if (kind === 'sent') done.sent.add(body);
    if (kind === 'received') done.inFlight.add(body);
    if (kind === 'deleted') {
      done.inFlight.delete(body);
      done.deleted.add(body);
    }
    if (done.sent.size === 300) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return done;
}

describe('the queue database', () => {
  it('brings back messages, visibility, receive counts and deduplication after a kill', async () => {
    const { sent, deleted, inFlight } = await killWhileWorking();
    const bed = await startSqs(path);
    const before = bed.sqs.depth('work.fifo');
    // The last line may have been lost in the pipe, never the deed.
    expect(before.inFlight).toBeGreaterThanOrEqual(inFlight.size - 1);
    expect(before.visible + before.inFlight).toBeGreaterThanOrEqual(sent.size - deleted.size - 1);

    const again = [...sent].map((body) =>
      bed.sqs.send('work.fifo', { body, groupId: 'again', deduplicationId: body, senderId: 'test' }),
    );
    expect(again.length).toBeGreaterThanOrEqual(300);
    expect(bed.sqs.depth('work.fifo')).toEqual(before);

    await bed.clock.advance(30_000);
    const left = new Map<string, string>();
    for (;;) {
      const messages = await bed.sqs.receive('work.fifo', { max: 10 });
      if (messages.length === 0) break;
      for (const message of messages) {
        left.set(message.Body, message.Attributes?.['ApproximateReceiveCount'] ?? '');
        bed.sqs.delete('work.fifo', message.ReceiptHandle);
      }
    }
    for (const body of sent) expect(left.has(body) || deleted.has(body)).toBe(true);
    const receivedOnce = [...inFlight].filter((body) => left.get(body) === '2');
    expect(receivedOnce.length).toBeGreaterThanOrEqual(inFlight.size - 1);
    await bed.stop();
  });

  it('continues a rate-limited move task after a restart', async () => {
    const first = await startSqs(path);
    const arn = first.sqs.queueArn('dead');
    first.sqs.ensureQueues([
      { name: 'dead', properties: {} },
      { name: 'work', properties: { RedrivePolicy: { deadLetterTargetArn: arn, maxReceiveCount: 1 } } },
    ]);
    for (const body of ['1', '2', '3']) first.sqs.send('dead', { body, senderId: 'test' });
    await first.client.send(
      new StartMessageMoveTaskCommand({
        SourceArn: arn,
        DestinationArn: first.sqs.queueArn('work'),
        MaxNumberOfMessagesPerSecond: 1,
      }),
    );
    expect(first.sqs.depth('work').visible).toBe(1);
    await first.stop();

    const second = await startSqs(path, START_MS + 60_000);
    await second.clock.advance(2_000);
    expect(second.sqs.depth('work').visible).toBe(3);
    await second.stop();
  });
});
