import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { type DeliveryBed, startDeliveryBed } from '../support/delivery-bed.ts';
import { publishOver } from '../support/publish-over.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** This only ends a test that hangs, on a machine with much else to do. */
const timeout = 300_000;

let bed: DeliveryBed;
afterEach(() => bed.stop());

/** As if it had failed for so long. */
const failingFor = (endpoint: EndpointRow, ms: number) =>
  bed.dynamo.send(
    new UpdateCommand({
      TableName: 'endpointStates',
      Key: { endpointId: endpoint.endpointId },
      UpdateExpression: 'SET failingSinceMs = :since',
      ExpressionAttributeValues: { ':since': bed.clock.now() - ms },
    }),
  );

const kinds = (): readonly string[] => bed.notices.map(({ kind }) => kind);

describe('what the operator hears of a webhook (bar 23)', () => {
  it('hears within a minute that it has failed for five, and with figures that it works again', {
    timeout,
  }, async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    bed.setReceiver(() => ({ status: 503 }));
    await publishOver(bed, endpoint, { events: 20, chats: 20, overMs: 20 * SECOND });
    await bed.clock.advance(5 * MINUTE - 20 * SECOND - 1);
    expect(kinds()).toEqual([]);
    await bed.clock.advance(MINUTE);
    expect(kinds()).toEqual(['endpoint.failing']);
    bed.setReceiver(() => ({}));
    await bed.clock.advance(5 * MINUTE);
    expect(kinds()).toEqual(['endpoint.failing', 'endpoint.recovered']);
    expect(bed.notices[1]?.facts).toMatchObject({ delivered: expect.any(Number) as number, dead: 0 });
  });

  it('hears of it again after an hour, a day and two, and once that it is disabled after three', {
    timeout,
  }, async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    bed.setReceiver(() => ({ status: 503 }));
    const waiting = await publishOver(bed, endpoint, { events: 20, chats: 20, overMs: 20 * SECOND });
    for (const hours of [1, 24, 48]) {
      await failingFor(endpoint, hours * HOUR);
      await bed.clock.advance(MINUTE);
    }
    expect(kinds()).toEqual(['endpoint.failing', 'endpoint.failing', 'endpoint.failing']);
    await failingFor(endpoint, 72 * HOUR);
    await bed.clock.advance(5 * MINUTE);
    expect(kinds().filter((kind) => kind === 'endpoint.disabled')).toHaveLength(1);
    expect(await bed.shared.endpoints.get(endpoint.accountId, endpoint.endpointId)).toMatchObject({
      disabled: { reason: 'failing' },
    });
    const posts = bed.arrivals.length;
    await bed.clock.advance(HOUR);
    expect(bed.arrivals).toHaveLength(posts);
    const rows = await Promise.all(waiting.map((one) => bed.row(one)));
    expect(new Set(rows.map((row) => row?.status))).toEqual(new Set(['dead']));
  });

  it('does not disable what has taken one event meanwhile', { timeout }, async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    bed.setReceiver(({ body }) => (body.includes('good') ? {} : { status: 503 }));
    await publishOver(bed, endpoint, { events: 8, chats: 8, overMs: 8 * SECOND });
    await failingFor(endpoint, 72 * HOUR - MINUTE);
    bed.publish(endpoint, { chat: '77', body: 'good' });
    await bed.clock.advance(10 * MINUTE);
    expect(await bed.shared.endpoints.get(endpoint.accountId, endpoint.endpointId)).not.toHaveProperty('disabled');
  });
});
