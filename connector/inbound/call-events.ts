import type { CallEvent } from '#core/contracts/event.ts';
import type { Clock } from '#core/domain/clock.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { keepTrying } from '../keep-trying.ts';
import type { Logger } from '../observability/logger.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';
import type { IncomingCall } from '../whatsapp/whatsapp-port.ts';
import { addressesOf } from './message-event.ts';

export interface CallEventsOptions {
  readonly identity: SessionIdentity;
  readonly displayPhoneNumber: () => string;
  readonly publish: (event: CallEvent) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Tells of calls. Resolves when the event is on its queue; until then WhatsApp has no acknowledgement and tells it again. */
export function makeCallEvents(options: CallEventsOptions): (call: IncomingCall) => Promise<void> {
  const { identity, displayPhoneNumber, publish, clock, logger, signal } = options;
  const persistence = { clock, signal, onFailure: (error: unknown) => logger.warn({ error }, 'call not queued') };
  return async ({ callId, event: call, taken, video, caller, groupId, atMs }) => {
    const { phone, lid } = addressesOf(caller);
    const event: CallEvent = {
      version: 1,
      type: 'call',
      eventId: eventIdOf(identity.sessionUid, 'call', callId, call),
      ...identity,
      displayPhoneNumber: displayPhoneNumber(),
      occurredAtMs: atMs || clock.now(),
      callId,
      call,
      ...(taken !== undefined && { outcome: taken ? 'COMPLETED' : 'FAILED' }),
      video,
      ...(phone !== undefined && { from: phone }),
      ...(lid !== undefined && { fromUserId: lid }),
      ...(groupId !== undefined && { groupId }),
    };
    await keepTrying(persistence, () => publish(event));
    logger.debug({ eventId: event.eventId, call }, 'call published');
  };
}
