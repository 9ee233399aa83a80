import { describe, expect, it } from 'vitest';
import { type EndTurn, StartLanes } from '../../../connector/sessions/start-lanes.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Turns that have begun, in order. */
function begun(turns: readonly Promise<EndTurn>[]): { readonly ends: Map<number, EndTurn> } {
  const ends = new Map<number, EndTurn>();
  turns.forEach((turn, index) => void turn.then((end) => ends.set(index, end)));
  return { ends };
}

describe('StartLanes', () => {
  it('lets 20 go on side by side, and the next when one has ended', async () => {
    const lanes = new StartLanes();
    const { ends } = begun(Array.from({ length: 25 }, () => lanes.together()));
    await settle();
    expect(ends.size).toBe(20);
    ends.get(3)?.();
    ends.get(3)?.();
    await settle();
    expect(ends.size).toBe(21);
  });

  it('lets one go on alone, after all that wait together, and nobody beside it', async () => {
    const lanes = new StartLanes();
    const first = await lanes.together();
    const { ends: alone } = begun([lanes.alone(), lanes.alone()]);
    const second = await lanes.together();
    first();
    await settle();
    expect(alone.size).toBe(0);
    second();
    await settle();
    expect([...alone.keys()]).toEqual([0]);
    const { ends: later } = begun([lanes.together()]);
    await settle();
    expect(later.size).toBe(0);
    alone.get(0)?.();
    await settle();
    expect([later.size, alone.size]).toEqual([1, 1]);
    later.get(0)?.();
    await settle();
    expect(alone.size).toBe(2);
  });
});
