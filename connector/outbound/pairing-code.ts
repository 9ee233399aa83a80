import type { OutboundCommand } from '#core/contracts/outbound-command.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { keepTrying } from '../keep-trying.ts';
import type { Logger } from '../observability/logger.ts';
import type { Session } from '../sessions/session.ts';
import type { AnswerTable } from './answer-table.ts';

type PairingCodeQuestion = Extract<OutboundCommand, { readonly type: 'question.pairing_code' }>;
type Answer = AnswerRow['answer'];

/** A code dies with the QR codes beside it: one of 60 s and five of 20 s (whatsapp.md section 6). */
const CODE_LIVES_MS = 160_000;
/** Graph codes: invalid parameter, service unavailable. */
const INVALID = 100;
const UNAVAILABLE = 131016;

/** Answers with a code to type into the phone; begins the pairing when it is not going on. */
export async function answerPairingCode(
  question: PairingCodeQuestion,
  session: Session,
  options: { readonly answers: AnswerTable; readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  const { answers, clock, logger } = options;
  const leftMs = question.deadlineMs - clock.now();
  if (leftMs <= 0) return;
  const deadline = new AbortController();
  const cancel = clock.after(leftMs, () => deadline.abort());
  const answer = await answerOf(question, session, deadline.signal, clock).catch((error: unknown): Answer => {
    logger.warn({ error }, 'no pairing code');
    return { type: 'error', code: UNAVAILABLE, details: 'WhatsApp gave no pairing code. Try again.' };
  });
  cancel();
  const { questionId, sessionUid } = question;
  const persistence = { clock, signal: AbortSignal.any([deadline.signal]) };
  await keepTrying(persistence, () => answers.put({ questionId, sessionUid, answer })).catch((error: unknown) => {
    logger.warn({ error }, 'answer not stored in time');
  });
}

async function answerOf(
  question: PairingCodeQuestion,
  session: Session,
  deadline: AbortSignal,
  clock: Clock,
): Promise<Answer> {
  await session.start();
  if (session.linked) {
    return { type: 'error', code: INVALID, details: 'The session is linked to a phone already. Log it out first.' };
  }
  await session.until((now) => now.qr !== undefined || !now.running, deadline);
  const code = await session.requestPairingCode(question.phone);
  return { type: 'pairing_code', code, expiresAtMs: clock.now() + CODE_LIVES_MS };
}
