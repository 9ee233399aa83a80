import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { GraphError } from '#core/domain/graph-error.ts';

/** What decides whether a session may get messages. */
export type Readiness = Pick<SessionRow, 'status' | 'desired' | 'reason' | 'phoneNumber' | 'sinceMs' | 'startedFromMs'>;

const START = 'POST /sessions/{id}/start';

/**
 * Refuses messages of a session that can't send them before a person has done something. One that is on its way to WhatsApp
 * accepts them: the connector parks them until it is open or their time to live is over (D5).
 * @throws GraphError 133010 (not linked, logged out or stopped), 131031 (banned)
 */
export function refuseUnlessReady(session: Readiness): void {
  const { status, reason = '' } = session;
  switch (status) {
    case 'open':
    case 'connecting':
    case 'reconnecting':
      return;
    case 'created':
    case 'pairing':
      throw notLinked();
    case 'logged_out':
      throw new GraphError(133010, `The number was logged out. ${START} links it anew.`);
    case 'stopped':
      if (session.phoneNumber === undefined) throw notLinked();
      if (isStarting(session)) return;
      throw new GraphError(
        133010,
        ['The session is stopped.', reason, `${START} starts it.`].filter(Boolean).join(' '),
      );
    case 'banned':
      throw new GraphError(131031, ['WhatsApp has banned this number.', reason].filter(Boolean).join(' '));
  }
}

/** Between its start and the connector's first look the row still says stopped; one that gave up says it too. */
const isStarting = ({ desired, startedFromMs, sinceMs }: Readiness): boolean =>
  desired === 'running' && (startedFromMs === undefined || startedFromMs === sinceMs);

const notLinked = (): GraphError =>
  new GraphError(133010, `The number is not linked yet. ${START}, then scan the code of GET /sessions/{id}/qr.`);
