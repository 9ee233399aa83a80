import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { PairingCodeRequestSchema, type PairingCodeResource } from '#core/contracts/api/sessions.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import { GraphError, isGraphCode } from '#core/domain/graph-error.ts';
import { newQuestionId } from '#core/domain/ids.ts';
import { parsePhoneNumber } from '#core/domain/phone-number.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { envelopeOf } from '../shared/control-command.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { isoTime } from './session-resource.ts';
import { refuseWithoutPairing } from './show-qr.ts';

/** How long the API waits for WhatsApp's answer, milliseconds (D5). */
const ANSWER_MS = 10_000;

/** POST /sessions/{id}/pairing-code: asks WhatsApp for a code to type into the phone. */
export function makePairingCode({ sessions, answers, outbound, clock, random }: SessionDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { phone_number: written } = parseRequest(PairingCodeRequestSchema, request.body() ?? {});
    const row = await ownSession(sessions, request);
    refuseWithoutPairing(row);
    const nowMs = clock.now();
    const questionId = newQuestionId(random);
    const deadlineMs = nowMs + ANSWER_MS;
    const phone = parsePhoneNumber(written) ?? '';
    const envelope = envelopeOf(row, nowMs, request.traceId);
    await outbound.send(row.shard, { ...envelope, type: 'question.pairing_code', questionId, phone, deadlineMs });
    return { body: resourceOf(await answers.wait(questionId, deadlineMs)) };
  };
}

function resourceOf(answer: AnswerRow['answer'] | undefined): PairingCodeResource {
  if (answer?.type === 'pairing_code') return { code: answer.code, expires_at: isoTime(answer.expiresAtMs) };
  if (answer?.type === 'error') throw new GraphError(isGraphCode(answer.code) ? answer.code : 131000, answer.details);
  throw new GraphError(131016, 'WhatsApp gave no answer in 10 seconds. Try again in a moment.', {
    transient: true,
    headers: { 'retry-after': '1' },
  });
}
