import type { Question } from '#core/contracts/questions.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { keepTrying } from '../../keep-trying.ts';
import type { Logger } from '../../observability/logger.ts';
import type { HostedSession } from '../../sessions/hosted-session.ts';
import { AccountRefusal } from '../../whatsapp/account-port.ts';
import type { AnswerTable } from '../answer-table.ts';
import { accountOf } from './account-of.ts';
import { answerBlock, answerBlockList } from './block-list.ts';
import { answerContacts } from './contacts.ts';
import { answerAboutGroup } from './group.ts';
import { answerGroups } from './groups.ts';
import { answerPairingCode } from './pairing-code.ts';
import { answerChangeProfile, answerProfile } from './profile.ts';

type Answer = AnswerRow['answer'];

/** Graph's code of a service that is unavailable. */
const UNAVAILABLE = 131016;

export interface QuestionOptions {
  readonly answers: AnswerTable;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Answers a question of the API; one that nobody waits for any more is let go. Never rejects. */
export async function answerQuestion(
  question: Question,
  hosted: HostedSession,
  { answers, clock, logger }: QuestionOptions,
): Promise<void> {
  const { questionId, sessionUid, deadlineMs, type } = question;
  const leftMs = deadlineMs - clock.now();
  if (leftMs <= 0) return;
  const deadline = new AbortController();
  const cancel = clock.after(leftMs, () => deadline.abort());
  try {
    const answer = await answerOf(question, hosted, { deadline: deadline.signal, clock }).catch((error: unknown) => {
      logger.warn({ error, question: type }, 'question not answered');
      return refusalOf(error);
    });
    await keepTrying({ clock, signal: deadline.signal }, () => answers.put({ questionId, sessionUid, answer }));
  } catch (error) {
    logger.warn({ error, question: type }, 'answer not stored in time');
  } finally {
    cancel();
  }
}

const refusalOf = (error: unknown): Answer =>
  error instanceof AccountRefusal
    ? { type: 'error', code: error.code, details: error.message }
    : { type: 'error', code: UNAVAILABLE, details: 'WhatsApp did not answer as it should. Try again.' };

interface Waiting {
  readonly deadline: AbortSignal;
  readonly clock: Clock;
}

async function answerOf(question: Question, hosted: HostedSession, waiting: Waiting): Promise<Answer> {
  const { session } = hosted;
  if ('groupId' in question || question.type === 'question.create_group') {
    return answerAboutGroup(question, await accountOf(session, waiting.deadline));
  }
  switch (question.type) {
    case 'question.diagnostics':
      return { type: 'diagnostics', diagnostics: await hosted.diagnostics() };
    case 'question.pairing_code':
      return answerPairingCode(question, session, waiting);
    case 'question.contacts':
      return answerContacts(question, await accountOf(session, waiting.deadline));
    case 'question.block_list':
      return answerBlockList(await accountOf(session, waiting.deadline));
    case 'question.block':
      return answerBlock(question, await accountOf(session, waiting.deadline));
    case 'question.groups':
      return answerGroups(await accountOf(session, waiting.deadline));
    case 'question.profile':
      return answerProfile(await accountOf(session, waiting.deadline));
    case 'question.change_profile':
      return answerChangeProfile(question, await accountOf(session, waiting.deadline));
  }
}
