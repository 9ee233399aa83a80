import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReplayListSchema } from '#core/contracts/api/replays.ts';
import { at } from '../../support/pombo.ts';
import { HOUR_MS, type ReplayBed, startReplayBed } from '../support/replay-bed.ts';

describe('/replays', () => {
  let bed: ReplayBed;
  beforeAll(async () => {
    bed = await startReplayBed();
  }, 60_000);
  afterAll(() => bed.api.aws.stop());
  beforeEach(() => bed.reset());

  it('can’t cancel what is done', async () => {
    const id = await bed.start({ webhook: bed.webhook() });
    await bed.runMachine(id);
    expect((await bed.api.call(`POST /replays/${id}/cancel`)).status).toBe(409);
  });

  it('asks the sessions for received messages that no webhook was there for', async () => {
    const session = await bed.api.newSession();
    await bed.api.newSession();
    const since = new Date(bed.nowMs() - 5 * HOUR_MS).toISOString();
    const answer = await bed.api.call('POST /replays', { body: { source: 'messages', webhook: bed.webhook(), since } });
    expect(answer.json).toMatchObject({ status: 'done', source: 'messages', looked: 2, queued: 0 });
    expect(await bed.api.aws.takeOutbound()).toHaveLength(2);
    await bed.api.call('POST /replays', { body: { source: 'messages', webhook: bed.webhook(), session, since } });
    expect(await bed.api.aws.takeOutbound()).toMatchObject([
      {
        type: 'messages.replay',
        sessionId: session,
        endpointId: bed.webhook(),
        fromMs: bed.nowMs() - 5 * HOUR_MS,
        jobId: expect.stringMatching(/^job_/) as string,
      },
    ]);
    const bound = await bed.newWebhook({ session });
    await bed.api.aws.takeOutbound();
    await bed.api.call('POST /replays', { body: { source: 'messages', webhook: bound } });
    expect(await bed.api.aws.takeOutbound()).toMatchObject([{ sessionId: session, endpointId: bound }]);
  });

  it('lists jobs newest first, page by page', async () => {
    const jobs: string[] = [];
    for (let count = 0; count < 4; count++) {
      const id = await bed.start({ webhook: bed.webhook() });
      await bed.runMachine(id);
      jobs.unshift(id);
    }
    const first = ReplayListSchema.parse((await bed.api.call('GET /replays?limit=3')).json);
    expect(first.data.map(({ id }) => id)).toEqual(jobs.slice(0, 3));
    const rest = await bed.api.call(`GET /replays?limit=3&after=${first.paging.cursors?.after}`);
    expect(rest.json).toMatchObject({ data: [{ id: jobs[3] }], paging: {} });
  });

  it('runs at most five at a time', async () => {
    for (let count = 0; count < 5; count++) await bed.start({ webhook: bed.webhook() });
    const { status, error } = await bed.api.call('POST /replays', { body: { webhook: bed.webhook() } });
    expect([status, error().error_data?.details]).toEqual([409, expect.stringMatching(/^5 replays run already/)]);
  });

  it('can’t send to a webhook that is switched off', async () => {
    await bed.api.call(`PATCH /webhooks/${bed.webhook()}`, { body: { enabled: false } });
    expect((await bed.api.call('POST /replays', { body: { webhook: bed.webhook() } })).status).toBe(409);
    expect((await bed.api.call('POST /replays', { body: {} })).status).toBe(409);
  });

  it('is nobody else’s: another account can’t replay, see or cancel', async () => {
    const key = bed.api.otherKey;
    const one = await bed.tell();
    const id = await bed.start({ webhook: bed.webhook() });
    for (const request of [`GET /replays/${id}`, `POST /replays/${id}/cancel`]) {
      const { status, error } = await bed.api.call(request, { key });
      expect([status, error().error_subcode]).toEqual([404, 33]);
    }
    const session = await bed.api.newSession();
    for (const body of [
      { webhook: bed.webhook() },
      { webhooks: [bed.webhook()] },
      { deliveries: [one.id] },
      { source: 'messages', webhook: bed.webhook() },
    ]) {
      expect((await bed.api.call('POST /replays', { key, body })).status).toBe(404);
    }
    const own = (await bed.api.call('POST /webhooks', { key, body: { url: 'https://93.184.216.34/' } })).text('id');
    expect((await bed.api.call('POST /replays', { key, body: { webhook: own, session } })).status).toBe(404);
    expect(at((await bed.api.call('GET /replays', { key })).json, 'data')).toEqual([]);
    await bed.api.call(`DELETE /webhooks/${own}`, { key });
    expect(await bed.show(id)).toMatchObject({ status: 'running' });
    expect(await bed.queued()).toEqual([]);
  });

  it.each([
    [
      'ids beside a filter',
      () => ({ deliveries: [`dl_${'A'.repeat(46)}`], types: ['messages'] }),
      /^types: does not go with/,
    ],
    ['a time without length', () => ({ since: '2099-01-01T00:00:00Z' }), /^since: must be earlier/],
    ['messages of no webhook', () => ({ source: 'messages' }), /^webhook: is required/],
    ['an unknown status', () => ({ statuses: ['lost'] }), /^statuses\.0: must be one of/],
    ['no event id', () => ({ events: ['x'] }), /^events\.0: /],
    [
      'too many ids',
      () => ({ events: Array.from({ length: 101 }, () => 'a'.repeat(32)) }),
      /^events: must have at most 100/,
    ],
  ])('refuses %s', async (_, body, sentence) => {
    const { status, error } = await bed.api.call('POST /replays', { body: body() });
    expect([status, error().error_data?.details]).toEqual([400, expect.stringMatching(sentence)]);
    expect(at((await bed.api.call('GET /replays')).json, 'data')).toEqual([]);
  });
});
