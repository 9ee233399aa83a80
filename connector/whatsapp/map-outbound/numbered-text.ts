import type { Interactive, InteractiveButton } from '#core/contracts/outbound/interactive.ts';

type Header = NonNullable<Extract<Interactive, { readonly type: 'buttons' }>['header']>;

/** Asks for the location in the languages of Pombo's users: a text has no button for it. */
const SHARE_LOCATION = '📍 _Envie sua localização · Share your location_';

/**
 * Buttons and lists as a text: WhatsApp's own bold and italic for header and footer, a number before each answer, in their order.
 * `choicesOf` gives the same numbers.
 */
export function numberedTextOf(interactive: Interactive): string {
  if (interactive.type === 'location_request') return `${interactive.body}\n\n${SHARE_LOCATION}`;
  const { header, body, footer } = interactive;
  const answers = interactive.type === 'list' ? sectionsOf(interactive) : buttonsOf(interactive.buttons);
  const pieces = [headerOf(header), body, ...answers, footer && `_${footer}_`];
  return pieces.filter(Boolean).join('\n\n');
}

function headerOf(header: Header | undefined): string | undefined {
  if (header?.type === 'text') return `*${header.text}*`;
  if (header?.type !== 'location') return undefined;
  const { latitude, longitude, name, address } = header.location;
  const map = `https://maps.google.com/?q=${latitude},${longitude}`;
  return ['📍', name && `*${name}*`, address, map].filter(Boolean).join('\n');
}

/** Answers have numbers; what the phone does by itself stands below them. */
function buttonsOf(buttons: readonly InteractiveButton[]): string[] {
  const replies = buttons.filter((button) => button.type === 'reply');
  const numbered = replies.map(({ title }, index) => `*${index + 1}.* ${title}`);
  const others = buttons.flatMap((button) => (button.type === 'reply' ? [] : [actionOf(button)]));
  return [numbered.join('\n'), others.join('\n')];
}

function actionOf(button: Exclude<InteractiveButton, { readonly type: 'reply' }>): string {
  switch (button.type) {
    case 'url':
      return `${button.title}: ${button.url}`;
    case 'copy_code':
      return `${button.title}: ${button.code}`;
    case 'call':
      return `${button.title}: ${button.phone}`;
  }
}

function sectionsOf({ sections }: Extract<Interactive, { readonly type: 'list' }>): string[] {
  let number = 0;
  return sections.map(({ title, rows }) => {
    const lines = rows.map((row) => {
      number += 1;
      return `*${number}.* ${row.title}${row.description ? `\n    ${row.description}` : ''}`;
    });
    return [...(title ? [`*${title}*`] : []), ...lines].join('\n');
  });
}
