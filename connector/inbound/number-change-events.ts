import type { MessageEvent } from '#core/contracts/event.ts';
import type { Clock } from '#core/domain/clock.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { authorHashOf, formatWamid } from '#core/domain/wamid.ts';
import { keepTrying } from '../keep-trying.ts';
import type { Logger } from '../observability/logger.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';
import type { NumberChange } from '../whatsapp/whatsapp-port.ts';
import { addressesOf } from './message-event.ts';

export interface NumberChangeEventsOptions {
  readonly identity: SessionIdentity;
  readonly displayPhoneNumber: () => string;
  readonly publish: (event: MessageEvent) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Tells that somebody has a new number, as Meta's `system` message from the old one. Resolves when the event is on its queue; until then
 * WhatsApp has no acknowledgement and tells it again.
 */
export function makeNumberChangeEvents(options: NumberChangeEventsOptions): (change: NumberChange) => Promise<void> {
  const { identity, displayPhoneNumber, publish, clock, logger, signal } = options;
  const { sessionUid } = identity;
  const persistence = { clock, signal, onFailure: (error: unknown) => logger.warn({ error }, 'new number not queued') };
  return async ({ stanzaId, before, now, groupId, atMs }) => {
    const old = addressesOf(before);
    const { phone, lid } = addressesOf(now);
    const name = old.phone ?? old.lid ?? '';
    const wamid = formatWamid({ sessionUid, direction: 'in', stanzaId, authorHash: authorHashOf(before[0] ?? '') });
    const event: MessageEvent = {
      version: 1,
      type: 'message',
      eventId: eventIdOf(sessionUid, 'message', wamid),
      ...identity,
      displayPhoneNumber: displayPhoneNumber(),
      occurredAtMs: atMs || clock.now(),
      wamid,
      ...(old.phone !== undefined && { from: old.phone }),
      ...(old.lid !== undefined && { fromUserId: old.lid }),
      ...(groupId !== undefined && { groupId }),
      content: {
        type: 'system',
        system: {
          body: `User ${name} changed from ${name} to ${phone ?? lid}`,
          type: 'user_changed_number',
          ...(phone !== undefined && { wa_id: phone }),
          ...(lid !== undefined && { user_id: lid }),
        },
      },
    };
    await keepTrying(persistence, () => publish(event));
    logger.debug({ eventId: event.eventId }, 'new number published');
  };
}
