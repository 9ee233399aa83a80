import type { Reader } from './reading.ts';

/** Text: bare, or extended with a preview, formatting or the message that it answers. */
export const readText: Reader = (message) => {
  const body = message.conversation || message.extendedTextMessage?.text;
  return body ? { content: { type: 'text', text: { body } } } : undefined;
};
