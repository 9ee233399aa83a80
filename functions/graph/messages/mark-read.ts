import type { OutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import { MarkReadRequestSchema } from '#core/contracts/api/messages/read.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { Clock } from '#core/domain/clock.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { envelopeOf } from '../../shared/control-command.ts';
import { logger } from '../../shared/logger.ts';
import type { GraphRequest } from '../graph-route.ts';
import { withProduct } from '../with-product.ts';
import { refuseForeignMessage } from './own-message.ts';
import { refuseUnlessReady } from './readiness.ts';

/** A receipt may wait so long for a session that is reconnecting; later it would tell more about us than about the reader. */
const KEPT_MS = 5 * 60_000;

/** Whether a body of `POST /{phone_number_id}/messages` is a receipt and no message. */
export const isStatus = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'status' in body && typeof body.status === 'string';

/** `status: read`, with or without a typing indicator: answers when the queue has the command. */
export function makeMarkRead({ outbound, clock }: { readonly outbound: OutboundQueue; readonly clock: Clock }) {
  return async (request: GraphRequest): Promise<{ readonly success: true }> => {
    const { message_id: wamid, typing_indicator: typing } = parseRead(withProduct(request));
    const row = await request.session();
    refuseForeignMessage({ wamid, field: 'message_id', direction: 'in' }, row.sessionUid);
    refuseUnlessReady(row);
    const nowMs = clock.now();
    await outbound.send(row.shard, {
      ...envelopeOf(row, nowMs, request.traceId),
      type: 'message.read',
      wamid,
      ...(typing && { typing: true }),
      expiresAtMs: nowMs + KEPT_MS,
    });
    logger.appendKeys({ messageId: wamid });
    return { success: true };
  };
}

function parseRead(body: object) {
  if (!('status' in body) || body.status !== 'read') throw new GraphError(131009, 'status: must be read.');
  return parseRequest(MarkReadRequestSchema, body, 'message');
}
