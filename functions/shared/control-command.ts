import type { OutboundCommand } from '#core/contracts/outbound-command.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';

/** Fields that every command has. @param nowMs wall time, milliseconds */
export function envelopeOf(row: SessionRow, nowMs: number, traceId: string) {
  const { accountId, sessionId, sessionUid } = row;
  return { version: 1, accountId, sessionId, sessionUid, acceptedAtMs: nowMs, traceId } as const;
}

type ControlType = Extract<OutboundCommand['type'], `session.${string}` | 'endpoints.changed'>;

/** A command without content: something in a session's life. */
export function controlCommand(type: ControlType, row: SessionRow, nowMs: number, traceId: string): OutboundCommand {
  return { ...envelopeOf(row, nowMs, traceId), type };
}
