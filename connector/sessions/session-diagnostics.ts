import type { SessionDiagnostics } from '#core/contracts/session-diagnostics.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Session } from './session.ts';
import type { SessionLedger } from './session-ledger.ts';

export interface DiagnosedParts {
  readonly session: Session;
  readonly outbox: Pick<Outbox, 'diagnostics'>;
  readonly ledger: Pick<SessionLedger, 'bytes'>;
}

/** What this task knows of a session. @param task its name · @param version WhatsApp Web's that it logs in as */
export async function diagnosticsOf(
  { session, outbox, ledger }: DiagnosedParts,
  { task, version }: { readonly task: string; readonly version: string },
): Promise<SessionDiagnostics> {
  const { vitals, proxy, connection, state } = session;
  const { parked, coldPausedUntilMs } = outbox.diagnostics;
  return {
    task,
    ...(connection && { lastFrameAgeMs: Math.round(connection.lastFrameAgeMs) }),
    pendingAcks: connection?.pendingAcks ?? 0,
    reconnectsLastHour: vitals.reconnectsLastHour,
    reconnectsLastDay: vitals.reconnectsLastDay,
    failedAttempts: state.failures,
    parkedCommands: parked,
    ledgerBytes: await ledger.bytes(),
    ...(coldPausedUntilMs !== undefined && { coldChatsPausedUntilMs: coldPausedUntilMs }),
    ...(proxy.name !== undefined && { proxy: proxy.name }),
    whatsappVersion: version,
    disconnects: [...vitals.disconnects],
  };
}
