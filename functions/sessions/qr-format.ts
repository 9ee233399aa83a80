import { bestAccepted } from './best-accepted.ts';

/** The forms in which a QR code is given out. */
export type QrFormat = 'json' | 'png' | 'svg';

const FORMATS = new Map<string, QrFormat>([
  ['application/json', 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
  ['image/png', 'png'],
  ['image/*', 'png'],
  ['image/svg+xml', 'svg'],
]);

/** Chooses by `Accept`: the best-weighted form that we have, the first of equals; JSON if none is asked for. */
export const qrFormatOf = (accept: string | undefined): QrFormat =>
  bestAccepted(accept, (range) => FORMATS.get(range)) ?? 'json';
