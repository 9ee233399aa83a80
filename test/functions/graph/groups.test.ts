import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CreatedGroupSchema,
  GroupLinkSchema,
  GroupParticipantsSchema,
  GroupSchema,
} from '#core/contracts/api/graph/groups.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';
import type { ApiAnswer } from '../support/call-api.ts';

const GROUP = '120363041234567890';
const LINK = 'https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv';
const product = { messaging_product: 'whatsapp' };

let api: ApiTestBed;
let id = '';
beforeAll(async () => {
  api = await startApi();
}, 60_000);
afterAll(() => api.aws.stop());
beforeEach(async () => {
  await api.reset();
  id = await api.newSession({ status: 'open', phoneNumber: '5511900000000' });
});

interface Question {
  readonly questionId: string;
  readonly sessionUid: string;
}

/** Does what the connector does. @returns the question and what the API made of the answer */
async function answered(call: Promise<ApiAnswer>, answer: AnswerRow['answer']) {
  for (;;) {
    const [question] = (await api.aws.takeOutbound()) as Question[];
    if (!question) continue;
    const { questionId, sessionUid } = question;
    await api.aws.documents.send(
      new PutCommand({ TableName: 'answers', Item: { questionId, sessionUid, answer, expiresAt: 0 } }),
    );
    return { question, ...(await call) };
  }
}

describe('a group', () => {
  it('is made, and can be written to at once', async () => {
    const body = { ...product, subject: ' Obra ', description: 'Rua A' };
    const made = await answered(api.call(`POST /v23.0/${id}/groups`, { body }), {
      type: 'group_created',
      groupId: GROUP,
      inviteLink: LINK,
    });
    expect(made.question).toMatchObject({ type: 'question.create_group', subject: 'Obra', description: 'Rua A' });
    expect(CreatedGroupSchema.parse(made.json)).toMatchObject({ id: GROUP, invite_link: LINK });
  });

  it.each([
    [{ subject: '' }, 'subject'],
    [{}, 'subject'],
    [{ subject: 'x'.repeat(129) }, 'subject'],
    [{ subject: 'x', join_approval_mode: 'approval_required' }, 'join_approval_mode'],
  ])('is refused as %j', async (body, field) => {
    const error = (await api.call(`POST /${id}/groups`, { body: { ...product, ...body } })).error();
    expect(error).toMatchObject({ code: 100, error_data: { details: expect.stringContaining(field) } });
  });

  it('is shown without the number itself, with the fields that were asked for', async () => {
    const group = {
      groupId: GROUP,
      subject: 'Obra',
      createdAtMs: 1_700_000_000_000,
      approval: false,
      members: [
        { phone: '5511900000000', admin: true },
        { phone: '553187654321', lid: '99' },
        { lid: '98', admin: true },
      ],
    };
    const shown = await answered(api.call(`GET /v23.0/${GROUP}`), { type: 'group', group });
    expect(shown.question).toMatchObject({ type: 'question.group', groupId: GROUP });
    expect(GroupSchema.parse(shown.json)).toEqual({
      messaging_product: 'whatsapp',
      id: GROUP,
      subject: 'Obra',
      creation_timestamp: 1_700_000_000,
      join_approval_mode: 'auto_approve',
      suspended: false,
      participants: [
        { wa_id: '5531987654321', user_id: '99' },
        { user_id: '98', admin: true },
      ],
      total_participant_count: 2,
    });
    const some = await answered(api.call(`GET /${GROUP}?fields=subject`), { type: 'group', group });
    expect(some.json).toEqual({ id: GROUP, subject: 'Obra' });
  });

  it('lets people in and out; a failure of one holds nobody up', async () => {
    const participants = [{ user: '+55 31 98765-4321' }, { user: 'joão' }, { user: '5511900000001' }];
    const body = { ...product, participants };
    const failed = [{ phone: '5511900000001', code: 131026, details: 'The number is not on WhatsApp.' }];
    const done = [{ phone: '5531987654321', waId: '553187654321' }];
    const added = await answered(api.call(`POST /${GROUP}/participants`, { body }), {
      type: 'group_members',
      done,
      failed,
    });
    expect(added.question).toMatchObject({ action: 'add', phones: ['5531987654321', '5511900000001'] });
    expect(GroupParticipantsSchema.parse(added.json)).toMatchObject({
      participants: [{ input: '+55 31 98765-4321', wa_id: '5531987654321' }],
      failed_participants: [
        { input: 'joão', errors: [{ code: 131009 }] },
        { input: '5511900000001', errors: [{ code: 131026 }] },
      ],
    });
    const removed = await answered(api.call(`DELETE /${GROUP}/participants`, { body }), {
      type: 'group_members',
      done,
      failed: [],
    });
    expect(removed.question).toMatchObject({ action: 'remove' });
    const many = { ...product, participants: Array.from({ length: 9 }, () => ({ user: '5511987654321' })) };
    expect((await api.call(`POST /${GROUP}/participants`, { body: many })).error().code).toBe(100);
  });

  it('has a link, which is renewed and taken away', async () => {
    const link = { type: 'group_link', inviteLink: LINK } as const;
    const shown = await answered(api.call(`GET /${GROUP}/invite_link`), link);
    expect(shown.question).toMatchObject({ renew: false });
    expect(GroupLinkSchema.parse(shown.json).invite_link).toBe(LINK);
    expect((await answered(api.call(`POST /${GROUP}/invite_link`, { body: product }), link)).question).toMatchObject({
      renew: true,
    });
    const gone = await answered(api.call(`DELETE /${GROUP}/invite_link`, { body: product }), link);
    expect([gone.question, gone.json]).toMatchObject([{ renew: true }, { success: true }]);
  });

  it('is changed and left; its picture can not be set', async () => {
    const body = { ...product, subject: 'Obra 2' };
    const changed = await answered(api.call(`POST /${GROUP}`, { body }), { type: 'changed' });
    expect([changed.question, changed.json]).toMatchObject([{ subject: 'Obra 2' }, { success: true }]);
    const picture = { ...product, profile_picture_file: 'x.jpg' };
    expect((await api.call(`POST /${GROUP}`, { body: picture })).error()).toMatchObject({
      code: 100,
      error_data: { details: expect.stringContaining('profile_picture_file') },
    });
    const left = await answered(api.call(`DELETE /${GROUP}`), { type: 'changed' });
    expect(left.question).toMatchObject({ type: 'question.leave_group', groupId: GROUP });
  });

  it('is reached through the number that the query names, where the account has several', async () => {
    const other = await api.newSession({ status: 'open', phoneNumber: '5511900000009' });
    expect((await api.call(`GET /${GROUP}`)).error()).toMatchObject({
      code: 100,
      error_data: { details: expect.stringContaining('phone_number_id') },
    });
    const link = { type: 'group_link', inviteLink: LINK } as const;
    for (const each of [id, other]) {
      expect((await answered(api.call(`GET /${GROUP}/invite_link?phone_number_id=${each}`), link)).status).toBe(200);
    }
    const key = api.otherKey;
    expect((await api.call(`GET /${GROUP}?phone_number_id=${id}`, { key })).error().error_subcode).toBe(33);
    expect((await api.call(`GET /${GROUP}`, { key })).error().code).toBe(100);
  });
});
