import type * as z from 'zod';
import {
  RegisterRequestSchema,
  RequestCodeRequestSchema,
  VerifyCodeRequestSchema,
} from '#core/contracts/api/graph/registration.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { GraphError, objectMissing } from '#core/domain/graph-error.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import { changeSessionLife, type SessionLife } from '../../shared/change-session-life.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';

const SUCCESS: ApiResponse = { body: { success: true } };

/**
 * POST /{phone_number_id}/register, …/request_code and …/verify_code: start the session. A number is linked by its phone, which no request
 * can do, so one that is not linked yet begins its pairing and the answer says how it goes on.
 * @throws GraphError 133010 (not linked), 131031 (banned)
 */
function makeRegister(life: SessionLife, schema: z.ZodType) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    parseRequest(schema, request.body() ?? {});
    const row = await request.session();
    if (row.status === 'banned') throw new GraphError(131031, 'WhatsApp has banned this number.');
    await change(life, request, row, 'session.start');
    if (row.phoneNumber !== undefined && row.status !== 'logged_out') return SUCCESS;
    throw new GraphError(
      133010,
      `The number has to be linked by its phone; pairing has begun: GET /sessions/${row.sessionId}/qr shows the code to scan, POST /sessions/${row.sessionId}/pairing-code one to type in.`,
      { transient: true },
    );
  };
}

/** POST /{phone_number_id}/deregister: unlinks the number; register begins a new pairing. */
function makeDeregister(life: SessionLife) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    await change(life, request, await request.session(), 'session.logout');
    return SUCCESS;
  };
}

async function change(
  life: SessionLife,
  { traceId, method, id }: GraphRequest,
  row: SessionRow,
  to: 'session.start' | 'session.logout',
): Promise<void> {
  if (await changeSessionLife(life, row, to, traceId)) return;
  throw objectMissing(`Object with ID '${id}'`, { status: 400, method });
}

/** Meta's registration of a number, mapped to the life of a session. */
export const registrationRoutes = (life: SessionLife): readonly GraphRoute[] => [
  { on: 'phone_number', edge: 'register', method: 'POST', run: makeRegister(life, RegisterRequestSchema) },
  { on: 'phone_number', edge: 'request_code', method: 'POST', run: makeRegister(life, RequestCodeRequestSchema) },
  { on: 'phone_number', edge: 'verify_code', method: 'POST', run: makeRegister(life, VerifyCodeRequestSchema) },
  { on: 'phone_number', edge: 'deregister', method: 'POST', run: makeDeregister(life) },
];
