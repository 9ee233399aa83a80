import { GraphError } from '#core/domain/graph-error.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { parseWamid } from '#core/domain/wamid.ts';
import type { Mention } from './drafts/draft.ts';

/** @throws GraphError 131009 for a message id that another number, or nobody, has given out, or of the wrong direction */
export function refuseForeignMessage({ wamid, field, direction }: Mention, sessionUid: SessionUid): void {
  const parts = parseWamid(wamid);
  if (!parts || parts.sessionUid !== sessionUid) {
    throw new GraphError(131009, `${field}: is no message of this number.`);
  }
  if (direction === undefined || direction === parts.direction) return;
  const wanted = direction === 'out' ? 'has sent through this API' : 'has received';
  throw new GraphError(131009, `${field}: must be a message that this number ${wanted}.`);
}
