import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { PairingCodeRequestSchema, type PairingCodeResource } from '#core/contracts/api/sessions.ts';
import { parsePhoneNumber } from '#core/domain/phone-number.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { answerOfType, askSession } from '../shared/ask-session.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { isoTime } from './session-resource.ts';
import { refuseUnwantedPairing } from './show-qr.ts';

/** POST /sessions/{id}/pairing-code: asks WhatsApp for a code to type into the phone. */
export function makePairingCode(dependencies: SessionDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { phone_number: written } = parseRequest(PairingCodeRequestSchema, request.body() ?? {});
    const row = await ownSession(dependencies.sessions, request);
    refuseUnwantedPairing(row);
    const phone = parsePhoneNumber(written) ?? '';
    const answer = await askSession(dependencies, row, { type: 'question.pairing_code', phone }, request.traceId);
    const { code, expiresAtMs } = answerOfType(answer, 'pairing_code');
    const body: PairingCodeResource = { code, expires_at: isoTime(expiresAtMs) };
    return { body };
  };
}
