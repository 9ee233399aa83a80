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
export function qrFormatOf(accept: string | undefined): QrFormat {
  let best: { format: QrFormat; weight: number } = { format: 'json', weight: 0 };
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const format = FORMATS.get(type);
    const weight = weightOf(parameters);
    if (format && weight > best.weight) best = { format, weight };
  }
  return best.format;
}

function weightOf(parameters: readonly string[]): number {
  const written = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length);
  const weight = written === undefined ? 1 : Number(written);
  return Number.isNaN(weight) ? 0 : weight;
}
