import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { OutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { controlCommand } from './control-command.ts';

export type SessionChange = 'session.start' | 'session.stop' | 'session.logout';

export interface SessionLife {
  readonly sessions: Pick<SessionRepository, 'setDesired'>;
  readonly outbound: OutboundQueue;
  readonly clock: Clock;
}

/** What the owner wants after each change; a session that was logged out waits for its next start. */
const DESIRED_AFTER: Readonly<Record<SessionChange, SessionRow['desired']>> = {
  'session.start': 'running',
  'session.stop': 'stopped',
  'session.logout': 'stopped',
};

/** Notes what the owner of a session wants and tells the connector; repeating does no harm. @returns false if it is gone */
export async function changeSessionLife(
  { sessions, outbound, clock }: SessionLife,
  row: SessionRow,
  change: SessionChange,
  traceId: string,
): Promise<boolean> {
  if (!(await sessions.setDesired(row, DESIRED_AFTER[change]))) return false;
  await outbound.send(row.shard, controlCommand(change, row, clock.now(), traceId));
  return true;
}
