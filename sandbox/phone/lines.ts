import type { PhoneMessage } from '../control-client.ts';

/** What a phone shows of a message: its text, or its kind and what it says. */
export function contentOf({ kind, text = '', details }: PhoneMessage): string {
  if (kind === 'text') return text;
  return `[${kind}${details?.isVoice ? ', voice' : ''}] ${text}`.trim();
}

/** What a phone shows around it, a line each: forwarded, the quote, the page it names, options, buttons, numbers of contacts. */
export function linesAround({ details = {} }: PhoneMessage): string {
  const { quoted, isForwarded, preview, poll, buttons = [], vcards = [] } = details;
  const lines = [
    ...(isForwarded ? ['» forwarded'] : []),
    ...(quoted ? [`> ${quoted.text ?? quoted.id}`] : []),
    ...(preview ? [`| ${preview.title}`, ...(preview.description ? [`| ${preview.description}`] : [])] : []),
    ...(poll?.options.map((option) => `( ) ${option}`) ?? []),
    ...buttons.map(({ label, id }) => `[ ${label} ]${id === undefined ? '' : ` ${id}`}`),
    ...vcards.flatMap((vcard) => vcard.split('\n').filter((line) => line.startsWith('TEL'))),
  ];
  return lines.map((line) => `\n          ${line}`).join('');
}
