import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Env } from '#core/resource-names.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';

interface Question {
  readonly questionId: string;
  readonly sessionUid: string;
}

let api: ApiTestBed;
beforeAll(async () => {
  process.env[Env.proxies] = JSON.stringify([{ name: 'recife' }, { name: 'manaus' }]);
  api = await startApi();
}, 60_000);
afterAll(() => api.aws.stop());
beforeEach(() => api.reset());

const nextQuestion = async (): Promise<Question> => {
  for (;;) {
    const [found] = (await api.aws.takeOutbound()) as Question[];
    if (found) return found;
  }
};
const answer = async ({ questionId, sessionUid }: Question, given: object): Promise<void> => {
  const Item = { questionId, sessionUid, answer: given, expiresAt: 0 };
  await api.aws.documents.send(new PutCommand({ TableName: 'answers', Item }));
};

describe('GET /sessions/{id}/qr', () => {
  it.each(['stopped', 'logged_out', 'banned'] as const)(
    'names start, and does not ask to come again, when the session is %s',
    async (status) => {
      const id = await api.newSession({ status });
      const { status: http, error } = await api.call(`GET /sessions/${id}/qr`);
      expect(http).toBe(409);
      expect(error()).toMatchObject({ code: 100, is_transient: false });
      expect(error().error_data.details).toContain('POST /sessions/{id}/start');
    },
  );

  it('waits for the code of a stopped session that has just been started', async () => {
    const id = await api.newSession({ status: 'stopped', reasonCode: 'pairing_expired' });
    await api.call(`POST /sessions/${id}/start`);
    const asked = api.call(`GET /sessions/${id}/qr`);
    await api.aws.documents.send(
      new UpdateCommand({
        TableName: 'sessions',
        Key: { sessionId: id },
        UpdateExpression: 'SET #status = :pairing, qr = :qr, qrExpiresAtMs = :late',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':pairing': 'pairing', ':qr': '2@abc', ':late': Date.UTC(2099, 0) },
      }),
    );
    expect((await asked).json).toMatchObject({ qr: '2@abc' });
  });
});

describe('reasons', () => {
  it('are told in the caller’s language, and by a code', async () => {
    const id = await api.newSession({
      status: 'banned',
      reasonCode: 'banned_until',
      reasonUntilMs: Date.UTC(2030, 0),
      reason: 'As an older release told it.',
    });
    const told = async (headers: Record<string, string>) => (await api.call(`GET /sessions/${id}`, { headers })).json;
    expect(await told({})).toMatchObject({
      reason: 'WhatsApp has banned this number until 2030-01-01T00:00:00.000Z. Start the session again after that.',
      reason_code: 'banned_until',
    });
    const portuguese = { reason: expect.stringContaining('O WhatsApp bloqueou este número até 2030-01-01') };
    expect(await told({ 'accept-language': 'pt-BR,pt;q=0.9,en;q=0.8' })).toMatchObject(portuguese);
    const list = await api.call('GET /sessions', { headers: { 'accept-language': 'pt' } });
    expect(list.json).toMatchObject({ data: [portuguese] });
  });

  it('of a later release are told as they were written down', async () => {
    const id = await api.newSession({ status: 'stopped', reasonCode: 'of_a_later_release', reason: 'Later.' });
    expect((await api.call(`GET /sessions/${id}`)).json).toMatchObject({
      reason: 'Later.',
      reason_code: 'of_a_later_release',
    });
  });
});

describe('GET /sessions/{id}/diagnostics', () => {
  it('answers with what the row and the task know', async () => {
    const id = await api.newSession({ status: 'open', proxy: 'recife', reason: 'x' });
    const asked = api.call(`GET /sessions/${id}/diagnostics`);
    const question = await nextQuestion();
    expect(question).toMatchObject({ type: 'question.diagnostics' });
    const diagnostics = {
      task: 'task-a',
      lastFrameAgeMs: 120,
      pendingAcks: 2,
      reconnectsLastHour: 1,
      reconnectsLastDay: 3,
      failedAttempts: 0,
      parkedCommands: 4,
      ledgerBytes: 5000,
      coldChatsPausedUntilMs: 0,
      whatsappVersion: '2.3000.1',
      disconnects: [{ code: 428, reasonCode: 'connection_lost', atMs: 0 }],
    };
    await answer(question, { type: 'diagnostics', diagnostics });
    expect((await asked).json).toEqual({
      id,
      status: 'open',
      reason: 'x',
      reason_code: null,
      since: expect.any(String),
      shard: expect.any(Number),
      answered: true,
      task: 'task-a',
      last_frame_age_ms: 120,
      pending_acks: 2,
      reconnects_last_hour: 1,
      reconnects_last_day: 3,
      failed_attempts: 0,
      parked_commands: 4,
      ledger_bytes: 5000,
      cold_chats_paused_until: '1970-01-01T00:00:00.000Z',
      proxy: 'recife',
      whatsapp_version: '2.3000.1',
      disconnects: [{ code: 428, reason_code: 'connection_lost', at: '1970-01-01T00:00:00.000Z' }],
    });
  });

  it('answers with what the row knows when no task answers within 10 s', async () => {
    const id = await api.newSession({ status: 'reconnecting', reasonCode: 'whatsapp_busy' });
    expect((await api.call(`GET /sessions/${id}/diagnostics`)).json).toMatchObject({
      status: 'reconnecting',
      reason_code: 'whatsapp_busy',
      answered: false,
      task: null,
      pending_acks: null,
      disconnects: [],
    });
  }, 20_000);
});

describe('a session’s proxy', () => {
  it('is chosen by name, changed, and taken away; a change alone makes it connect anew', async () => {
    const created = await api.call('POST /sessions', { body: { proxy: 'recife' } });
    expect(created.json).toMatchObject({ proxy: 'recife' });
    const id = created.text('id');
    await api.aws.takeOutbound();
    const patch = async (body: object) => (await api.call(`PATCH /sessions/${id}`, { body })).json;
    expect(await patch({ proxy: 'manaus', name: 'Loja' })).toMatchObject({ id, proxy: 'manaus', name: 'Loja' });
    expect(await api.aws.takeOutbound()).toMatchObject([{ type: 'session.reconnect', sessionId: id }]);
    expect(await patch({ name: 'Filial' })).toMatchObject({ proxy: 'manaus', name: 'Filial' });
    expect(await patch({ name: null })).toMatchObject({ proxy: 'manaus', name: null });
    expect(await api.aws.takeOutbound()).toEqual([]);
    expect(await patch({ proxy: null })).toMatchObject({ proxy: null });
    expect(await api.aws.takeOutbound()).toMatchObject([{ type: 'session.reconnect' }]);
    expect((await api.call(`PATCH /sessions/${id}`, { body: {}, key: api.otherKey })).status).toBe(404);
  });

  it('goes with the command that deletes the session, whose row is gone by then', async () => {
    const id = await api.newSession({ proxy: 'recife' });
    await api.call(`DELETE /sessions/${id}`);
    expect(await api.aws.takeOutbound()).toMatchObject([{ type: 'session.delete', proxy: 'recife' }]);
  });

  it('is refused when the deployment does not have it, with those that it has', async () => {
    const id = await api.newSession();
    for (const request of ['POST /sessions', `PATCH /sessions/${id}`]) {
      const { status, error } = await api.call(request, { body: { proxy: 'http://10.0.0.1:3128' } });
      expect({ status, code: error().code }).toEqual({ status: 400, code: 100 });
      expect(error().error_data.details).toBe('proxy: must be one of recife, manaus.');
    }
    expect(await api.aws.takeOutbound()).toEqual([]);
  });
});
