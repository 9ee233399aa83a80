import type { DiagnosticsResource } from '#core/contracts/api/sessions.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { SessionDiagnostics } from '#core/contracts/session-diagnostics.ts';
import type { Language } from '#core/domain/session-reasons.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { askSession } from '../shared/ask-session.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import { languageOf } from './language.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { isoTime, toldReason } from './session-resource.ts';

/** GET /sessions/{id}/diagnostics: what the row says, and what the task that holds the session says, if it answers. */
export function makeDiagnostics(dependencies: SessionDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const row = await ownSession(dependencies.sessions, request);
    const answer = await askSession(dependencies, row, { type: 'question.diagnostics' }, request.traceId);
    const live = answer?.type === 'diagnostics' ? answer.diagnostics : undefined;
    return { body: resourceOf(row, live, languageOf(request.headers['accept-language'])) };
  };
}

const orNull = <T>(value: T | undefined): T | null => value ?? null;
const timeOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : isoTime(ms));

function resourceOf(row: SessionRow, live: SessionDiagnostics | undefined, language: Language): DiagnosticsResource {
  const known: Partial<SessionDiagnostics> = live ?? {};
  return {
    id: row.sessionId,
    status: row.status,
    ...toldReason(row, language),
    since: isoTime(row.sinceMs),
    shard: row.shard,
    answered: live !== undefined,
    task: orNull(known.task),
    last_frame_age_ms: orNull(known.lastFrameAgeMs),
    pending_acks: orNull(known.pendingAcks),
    reconnects_last_hour: orNull(known.reconnectsLastHour),
    reconnects_last_day: orNull(known.reconnectsLastDay),
    failed_attempts: orNull(known.failedAttempts),
    parked_commands: orNull(known.parkedCommands),
    ledger_bytes: orNull(known.ledgerBytes),
    cold_chats_paused_until: timeOrNull(known.coldChatsPausedUntilMs),
    proxy: orNull(row.proxy),
    whatsapp_version: orNull(known.whatsappVersion),
    disconnects: disconnectsOf(known),
  };
}

const disconnectsOf = ({ disconnects = [] }: Partial<SessionDiagnostics>): DiagnosticsResource['disconnects'] =>
  disconnects.map(({ code, reasonCode, atMs }) => ({ code, reason_code: reasonCode, at: isoTime(atMs) }));
