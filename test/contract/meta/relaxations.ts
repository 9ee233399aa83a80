import { ANSWER_RELAXATIONS, type AnswerExample } from './answer-relaxations.ts';
import { answerValidator } from './answers.ts';
import type { Relaxation, Validate } from './meta-schema.ts';
import { REQUEST_RELAXATIONS } from './request-relaxations.ts';
import { requestValidator } from './requests.ts';
import { WEBHOOK_RELAXATIONS } from './webhook-relaxations.ts';
import { webhookValidator } from './webhooks.ts';

interface RelaxedPart {
  readonly part: string;
  readonly relaxations: readonly Relaxation[];
  readonly validator: (relaxations: readonly Relaxation[]) => Validate;
}

/** All relaxations of Meta's description, by the part of it. */
export const RELAXED_PARTS: readonly RelaxedPart[] = [
  { part: 'webhooks', relaxations: WEBHOOK_RELAXATIONS, validator: webhookValidator },
  { part: 'requests', relaxations: REQUEST_RELAXATIONS, validator: requestValidator },
  {
    part: 'answers',
    relaxations: ANSWER_RELAXATIONS,
    validator: (relaxations) => (value) => {
      const { operation, answer } = value as AnswerExample;
      return answerValidator(operation, relaxations)(answer);
    },
  },
];
