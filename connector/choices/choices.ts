import type { OutboundContent } from '#core/contracts/outbound-command.ts';

/** One answer that a message offered. */
export interface Choice {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
}

/** What the numbers of a sent message with buttons or a list mean: kept in its row. */
export interface Choices {
  readonly type: 'button' | 'list';
  /** Meta's kind of the answer: `button` for templates. */
  readonly answerAs: 'interactive' | 'button';
  /** In the order of their numbers, from 1. */
  readonly options: readonly Choice[];
}

/** What a message offers to choose from; undefined for one that asks for nothing. The numbers are those of its text. */
export function choicesOf(content: OutboundContent): Choices | undefined {
  if (content.type !== 'interactive') return undefined;
  const { interactive, answerAs = 'interactive' } = content;
  switch (interactive.type) {
    case 'buttons': {
      const replies = interactive.buttons.filter((button) => button.type === 'reply');
      const options = replies.map(({ id, title }) => ({ id, title }));
      return options.length > 0 ? { type: 'button', answerAs, options } : undefined;
    }
    case 'list': {
      const rows = interactive.sections.flatMap((section) => section.rows);
      const options = rows.map(({ id, title, description }) => ({ id, title, ...(description && { description }) }));
      return { type: 'list', answerAs, options };
    }
    case 'location_request':
      return undefined;
  }
}

/** `2`, `2.`, `(2)`, `*2*`, `2️⃣`: a number as people type it, and nothing else. */
const NUMBER = /^[\s*_([]*(\d{1,2})\uFE0F?\u20E3?[\s*_.)\]°ºª-]*$/u;

/** The choice that a text means: its number, or its title in whatever letters. Undefined for any other text. */
export function choiceOf(text: string, { options }: Pick<Choices, 'options'>): Choice | undefined {
  const number = NUMBER.exec(text)?.[1];
  if (number !== undefined) {
    // A title may be a number too, and says what it says.
    return options.find(({ title }) => plain(title) === plain(text)) ?? options[Number(number) - 1];
  }
  const same = options.filter(({ title }) => plain(title) === plain(text));
  return same.length === 1 ? same[0] : undefined;
}

const plain = (text: string): string => text.normalize('NFKC').trim().toLowerCase();
