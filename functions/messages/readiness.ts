import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { GraphError } from '#core/domain/graph-error.ts';

/**
 * Refuses messages of a session that can't send them before a person has done something. One that is on its way to WhatsApp accepts
 * them: they wait in its queue.
 * @throws GraphError 133010 (not linked, or stopped), 131031 (banned)
 */
export function refuseUnlessReady({ status, desired }: Pick<SessionRow, 'status' | 'desired'>): void {
  switch (status) {
    case 'open':
    case 'connecting':
    case 'reconnecting':
      return;
    case 'created':
    case 'pairing':
      throw new GraphError(133010, 'The number is not linked yet. Scan the code of GET /sessions/{id}/qr.');
    case 'logged_out':
      throw new GraphError(133010, 'The number was logged out. POST /sessions/{id}/start links it anew.');
    case 'stopped':
      // Between the start and the connector's first look the row still says stopped.
      if (desired === 'running') return;
      throw new GraphError(133010, 'The session is stopped. POST /sessions/{id}/start starts it.');
    case 'banned':
      throw new GraphError(131031, 'WhatsApp has banned this number.');
  }
}
