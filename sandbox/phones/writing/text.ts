import type { Composed } from './composed.ts';

export const textMessage = (text: string): Composed => ({ type: 'text', message: { conversation: text } });
