/** `npm test` runs other files beside each, and its machine may be any: only what is stuck may fail there. */
const BESIDE_OTHERS = 3;

/**
 * What a figure of time allows in this run, milliseconds: the figure itself in the long form (`npm run chaos`), where a file has the
 * machine to itself, and three times as much in the short one.
 */
export const allowedMs = (figureMs: number): number =>
  process.env['POMBO_CHAOS'] === 'full' ? figureMs : BESIDE_OTHERS * figureMs;
