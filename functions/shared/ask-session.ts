import type { AnswerRepository } from '#core/adapters/dynamodb/answer-repository.ts';
import type { OutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import type { Question, QuestionOf } from '#core/contracts/questions.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { GraphError, isGraphCode } from '#core/domain/graph-error.ts';
import { newQuestionId, type RandomBytes } from '#core/domain/ids.ts';
import { envelopeOf } from './control-command.ts';

/** How long the API waits for an answer, milliseconds (D5). */
const ANSWER_MS = 10_000;

export interface AskDependencies {
  readonly answers: AnswerRepository;
  readonly outbound: OutboundQueue;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

type Answer = AnswerRow['answer'];
/** What a question is about, without what all of them have. */
export type Asked<T extends Question['type'] = Question['type']> = {
  [K in T]: Pick<
    QuestionOf<K>,
    Exclude<keyof QuestionOf<K>, keyof ReturnType<typeof envelopeOf> | 'questionId' | 'deadlineMs'>
  >;
}[T];

/** Asks the connector that holds a session. @returns what it said; undefined if nothing came within ten seconds */
export async function askSession(
  { answers, outbound, clock, random }: AskDependencies,
  row: SessionRow,
  asked: Asked,
  traceId: string,
): Promise<Answer | undefined> {
  const nowMs = clock.now();
  const questionId = newQuestionId(random);
  const deadlineMs = nowMs + ANSWER_MS;
  await outbound.send(row.shard, { ...envelopeOf(row, nowMs, traceId), ...asked, questionId, deadlineMs });
  return answers.wait(questionId, deadlineMs);
}

/** The answer of the wanted kind. @throws GraphError with the connector's refusal, or 131016 when nothing came */
export function answerOfType<T extends Answer['type']>(
  answer: Answer | undefined,
  type: T,
): Extract<Answer, { readonly type: T }> {
  if (answer?.type === type) return answer as Extract<Answer, { readonly type: T }>;
  if (answer?.type === 'error') {
    const code = isGraphCode(answer.code) ? answer.code : 131000;
    throw new GraphError(code, answer.details, code === 131016 ? SOON : {});
  }
  throw new GraphError(131016, 'WhatsApp gave no answer in 10 seconds. Try again in a moment.', SOON);
}

const SOON = { transient: true, headers: { 'retry-after': '1' } } as const;
