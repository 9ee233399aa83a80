import type { Composed } from './composed.ts';

export interface Poll {
  readonly question: string;
  readonly options: readonly string[];
  /** How many options one person may choose; any number by default. */
  readonly selectable?: number | undefined;
}

export function pollMessage({ question, options, selectable = 0 }: Poll): Composed {
  const pollCreationMessageV3 = {
    name: question,
    options: options.map((optionName) => ({ optionName })),
    selectableOptionsCount: selectable,
  };
  return { type: 'poll', message: { pollCreationMessageV3 } };
}
