import type { Question } from '#core/contracts/questions.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import { type AskDependencies, type Asked, answerOfType, askSession } from '../shared/ask-session.ts';
import type { GraphRequest } from './graph-route.ts';
import { refuseUnlessReady } from './messages/readiness.ts';

type Answer = AnswerRow['answer'];

/**
 * Asks WhatsApp through the session of a request.
 * @param wanted kind of the answer
 * @throws GraphError 133010 or 131031 for a session that can't ask, 131016 (transient) without an answer in ten seconds, or WhatsApp's refusal
 */
export async function ask<T extends Answer['type']>(
  dependencies: AskDependencies,
  request: GraphRequest,
  asked: Asked<Exclude<Question['type'], 'question.pairing_code' | 'question.diagnostics'>>,
  wanted: T,
): Promise<Extract<Answer, { readonly type: T }>> {
  const row = await request.session();
  refuseUnlessReady(row);
  return answerOfType(await askSession(dependencies, row, asked, request.traceId), wanted);
}
