import type { QuestionOf } from '#core/contracts/questions.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { Session } from '../../sessions/session.ts';

/** A code dies with the QR codes beside it: one of 60 s and five of 20 s (whatsapp.md section 6). */
const CODE_LIVES_MS = 160_000;
/** Graph's code of an invalid parameter. */
const INVALID = 100;

/** Answers with a code to type into the phone; begins the pairing when it is not going on. */
export async function answerPairingCode(
  { phone }: QuestionOf<'question.pairing_code'>,
  session: Session,
  { deadline, clock }: { readonly deadline: AbortSignal; readonly clock: Clock },
): Promise<AnswerRow['answer']> {
  await session.start();
  if (session.state.linked) {
    return { type: 'error', code: INVALID, details: 'The session is linked to a phone already. Log it out first.' };
  }
  await session.until((now) => now.qr !== undefined || !now.running, deadline);
  const code = await session.requestPairingCode(phone);
  return { type: 'pairing_code', code, expiresAtMs: clock.now() + CODE_LIVES_MS };
}
