import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebhookSecretSchema } from '#core/domain/webhook-secret.ts';
import { verifySignatures } from '../../local/receiver/verify-signatures.ts';
import { DeliveryWorld, type Endpoint, MINUTE, SECOND } from './delivery-world.ts';
import type { Received } from './scripted-receiver.ts';

/** Nothing here is timed: this only ends a test that hangs, on a machine with much else to do. */
const timeout = 600_000;
/** A change of a webhook holds everywhere after that. */
const BELIEVED_MS = 30 * SECOND;
const STEP_MS = 5 * SECOND;

let world: DeliveryWorld;
beforeAll(async () => {
  world = await DeliveryWorld.start();
}, timeout);
afterAll(() => world?.stop());

/** Messages and statuses come in all the time. */
const load = (endpoint: Endpoint, ms: number): Promise<void> =>
  world.pass(ms, STEP_MS, (step) => {
    world.receive(endpoint, `55119700000${step % 10}`, `${step}`);
    world.tellStatus(endpoint);
  });

/** Which of the signatures somebody who has this secret finds right. */
function verdictOf({ atMs, body, headers }: Received, secret: unknown) {
  return verifySignatures(WebhookSecretSchema.parse(secret), headers, Buffer.from(body), atMs);
}

const since = (endpoint: Endpoint, fromMs: number): Received[] =>
  world.receiver.at(endpoint.name).filter(({ atMs }) => atMs >= fromMs);

describe('a secret that is rotated while events come in (bar 21)', () => {
  it('fails nobody: the old key works all the time, the new one with Standard Webhooks at once, alone in the end', {
    timeout,
  }, async () => {
    const endpoint = await world.subscribe('rotating');
    const created = await world.call('POST', `/webhooks/${endpoint.id}/rotate-secret`, { grace_seconds: 0 });
    const old = created['secret'];
    await load(endpoint, BELIEVED_MS + STEP_MS);
    const beganMs = world.clock.now();
    const { secret: fresh } = await world.call('POST', `/webhooks/${endpoint.id}/rotate-secret`);
    await load(endpoint, 2 * MINUTE);
    const during = since(endpoint, beganMs);
    expect(during.length).toBeGreaterThan(20);
    for (const received of during) expect(verdictOf(received, old)).toEqual({ meta: true, standardWebhooks: true });
    for (const received of during.filter(({ atMs }) => atMs > beganMs + BELIEVED_MS))
      expect(verdictOf(received, fresh)).toEqual({ meta: false, standardWebhooks: true });
    const confirmedMs = world.clock.now();
    await world.call('POST', `/webhooks/${endpoint.id}/rotate-secret/confirm`);
    await load(endpoint, MINUTE);
    for (const received of since(endpoint, confirmedMs)) {
      // As long as a call believes the rotation, both still hold by Standard Webhooks.
      expect(verdictOf(received, fresh).standardWebhooks).toBe(true);
      if (received.atMs <= confirmedMs + BELIEVED_MS) continue;
      expect(verdictOf(received, fresh)).toEqual({ meta: true, standardWebhooks: true });
      expect(verdictOf(received, old)).toEqual({ meta: false, standardWebhooks: false });
    }
  });
});

describe('a record that nobody can read', () => {
  it('lies in the dead-letter queue of its lane at once (bar 5)', { timeout }, async () => {
    const depthOf = (id: string): number => world.runner.emulators.sqs.depth(world.queueName(id)).visible;
    const { sqs } = world.runner.emulators;
    const common = { body: '{"no":', senderId: 'TEST' };
    sqs.send(world.queueName('QueuesEventsQueue'), { ...common, groupId: 'a', deduplicationId: 'a' });
    sqs.send(world.queueName('QueuesBulkQueue'), common);
    await world.runner.advance(SECOND);
    expect([depthOf('QueuesEventsDeadLetters'), depthOf('QueuesBulkDeadLetters')]).toEqual([1, 1]);
  });
});

describe('a healthy receiver (bar 1)', () => {
  const EVENTS = process.env['POMBO_CHAOS'] === 'full' ? 10_000 : 200;

  it('gets everything once, without a state transition', { timeout: 6 * timeout }, async () => {
    const endpoint = await world.subscribe('healthy');
    let transitions = 0;
    world.runner.on(({ source }) => {
      if (source === 'states') transitions += 1;
    });
    const published: string[] = [];
    await world.pass((EVENTS / 40) * SECOND, SECOND, (step) => {
      for (let n = 0; n < 40; n++)
        published.push(n % 2 === 0 ? world.receive(endpoint, `5511960000${n}`, `${step}`) : world.tellStatus(endpoint));
    });
    await world.runner.advance(MINUTE);
    expect(
      world.receiver
        .at('healthy')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(published.toSorted());
    expect(transitions).toBe(0);
  });
});
