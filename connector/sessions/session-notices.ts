import type { Notice } from '#core/domain/notice.ts';
import { reasonText, type SessionReasonCode } from '#core/domain/session-reasons.ts';
import type { SessionIdentity } from './session-identity.ts';
import type { SessionEffect, SessionState } from './session-state.ts';

type Tell = Extract<SessionEffect, { readonly type: 'tell' }>;

const PAIR_AGAIN = 'Have its owner start the session and pair the number again.';
const LOOK_AT_PHONE = 'Have its owner open WhatsApp on the phone; starting the session before that makes it worse.';
const BY_ITSELF = 'It goes on trying by itself; look at the session’s diagnostics and at the status of WhatsApp.';
const START_AGAIN = 'Remove the cause, then start the session.';

/** What an operator does about each reason that they are told of. */
const ADVICE: Readonly<Partial<Record<SessionReasonCode, string>>> = {
  device_unlinked: PAIR_AGAIN,
  relink_required: PAIR_AGAIN,
  banned_for_a_time: LOOK_AT_PHONE,
  number_refused: LOOK_AT_PHONE,
  number_banned: LOOK_AT_PHONE,
  link_taken: 'Find the other program that holds the credentials of this number, stop it, then start the session.',
  client_outdated: 'Update Pombo, or deploy with a newer whatsappVersion. Do not pair numbers again.',
  client_refused: 'Check whatsappVersion of the deployment, then update Pombo.',
  protocol_unknown: 'Check whether a proxy or firewall stands between the connector and WhatsApp.',
  address_refused: 'Check the proxy, or give the sessions another address to leave from.',
  proxy_refused: 'Check the credentials of the proxy in the deployment.',
  proxy_unreachable: 'Check the proxy of the session.',
  proxy_missing: 'Deploy the proxy again or give the session another one, then start it.',
  attempts_exhausted: START_AGAIN,
  quarantined:
    'Look at the log of the tasks that died, and tell Pombo’s developers. POST /sessions/{id}/start lifts it.',
};

/** The notice about a session, for operators. Public ids are often phone numbers, so only their end is told. */
export function noticeOf(
  { kind, reason, fleet }: Tell,
  identity: SessionIdentity,
  state: Pick<SessionState, 'status' | 'failures'> & { readonly proxy?: string | undefined },
): Notice {
  const { accountId, sessionUid, sessionId } = identity;
  const { status, failures, proxy } = state;
  return {
    kind,
    // One notice for all sessions that have the same trouble.
    subject: fleet ? reason : sessionUid,
    accountId,
    summary: reasonText(reason),
    advice: ADVICE[reason] ?? BY_ITSELF,
    facts: {
      reason,
      status,
      session: `…${sessionId.slice(-4)}`,
      sessionUid,
      failedAttempts: failures,
      ...(proxy !== undefined && { proxy }),
    },
  };
}
