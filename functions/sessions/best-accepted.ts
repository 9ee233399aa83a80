/**
 * Reads a header like `Accept`: ranges with weights, separated by commas.
 * @param of what we have for a range in lower case; undefined for what we have not
 * @returns ours for the best-weighted range, the first of equals; undefined if nothing of ours is asked for
 */
export function bestAccepted<T>(header: string | undefined, of: (range: string) => T | undefined): T | undefined {
  let best: { readonly ours: T | undefined; readonly weight: number } = { ours: undefined, weight: 0 };
  for (const written of (header ?? '').split(',')) {
    const [range = '', ...parameters] = written.split(';').map((part) => part.trim().toLowerCase());
    const ours = of(range);
    const weight = weightOf(parameters);
    if (ours !== undefined && weight > best.weight) best = { ours, weight };
  }
  return best.ours;
}

function weightOf(parameters: readonly string[]): number {
  const written = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length);
  const weight = written === undefined ? 1 : Number(written);
  return Number.isNaN(weight) ? 0 : weight;
}
