import type { Look, RecoveryDependencies } from './recovery.ts';

type Teller = Pick<RecoveryDependencies, 'clock' | 'notices'>;

/** The breaker has been open for a while. */
export async function tellFailing({ clock, notices }: Teller, { endpoint, state }: Look): Promise<void> {
  const { accountId, endpointId } = endpoint;
  const sinceMs = state.failingSinceMs ?? state.openedAtMs ?? clock.now();
  await notices.tell({
    kind: 'endpoint.failing',
    subject: endpointId,
    accountId,
    summary: `The webhook ${endpointId} takes nothing: ${state.openedBy ?? 'it fails'}. Its events wait.`,
    advice:
      'Look at its receiver. Nothing is lost: when it works again, what waits is delivered; after 72 hours it is disabled.',
    facts: { failingSinceMs: sinceMs, probes: state.probes ?? 0 },
  });
}

/** It works again; only told where it had been broken. */
export async function tellRecovered(
  { clock, notices }: Teller,
  { endpoint, state }: Look,
  { died, drained }: { readonly drained: number; readonly died: number },
): Promise<void> {
  if (state.openedAtMs === undefined || clock.now() - state.openedAtMs < TOLD_AFTER_MS) return;
  const { accountId, endpointId } = endpoint;
  await notices.tell({
    kind: 'endpoint.recovered',
    subject: endpointId,
    accountId,
    summary: `The webhook ${endpointId} works again; ${drained} events that had waited are delivered.`,
    advice: died > 0 ? `${died} events are dead; POST /replays sends them again.` : 'Nothing is to be done.',
    facts: { openedAtMs: state.openedAtMs, delivered: drained, dead: died },
  });
}
/** Who was not told that it failed need not hear that it works. Milliseconds. */
const TOLD_AFTER_MS = 300_000;

export async function tellDisabled({ notices }: Teller, { endpoint }: Look, died: number): Promise<void> {
  const { accountId, endpointId, disabled } = endpoint;
  if (!disabled || disabled.reason === 'by_owner') return;
  await notices.tell({
    kind: 'endpoint.disabled',
    subject: endpointId,
    accountId,
    summary: `The webhook ${endpointId} is disabled: ${REASONS[disabled.reason]}.`,
    advice:
      'Switch it on with PATCH /webhooks/{id} when its receiver works, and send what is missing with POST /replays.',
    facts: { disabledAtMs: disabled.atMs, dead: died },
  });
}

const REASONS = {
  gone: 'its receiver answered 410',
  asked_to: 'its receiver asked for it',
  failing: 'it had failed for 72 hours',
} as const;
