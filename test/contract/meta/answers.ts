import { ANSWER_RELAXATIONS } from './answer-relaxations.ts';
import { metaValidator, type Relaxation, type Validate } from './meta-schema.ts';

/**
 * A check of answers against Meta's description, members that it does not know refused.
 * @param operation as in answers.v23.json: `GET.phone_numbers`; `error` for all refusals
 */
export function answerValidator(operation: string, relaxations: readonly Relaxation[] = ANSWER_RELAXATIONS): Validate {
  return metaValidator({ file: 'answers.v23.json', root: operation, relaxations, closed: true });
}
