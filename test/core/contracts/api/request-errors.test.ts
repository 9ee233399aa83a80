import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { GraphError } from '#core/domain/graph-error.ts';

const schema = z.object({
  messaging_product: z.literal('whatsapp'),
  kind: z.enum(['a', 'b']),
  deep: z.object({ text: z.string().min(2).max(3), list: z.array(z.int()).min(1) }),
});
const good = { messaging_product: 'whatsapp', kind: 'a', deep: { text: 'ab', list: [1] } };
const refusal = (input: unknown, flavour: 'graph' | 'message' = 'message'): GraphError => {
  try {
    parseRequest(schema, input, flavour);
  } catch (error) {
    if (error instanceof GraphError) return error;
    throw error;
  }
  throw new Error('was accepted');
};

describe('parseRequest', () => {
  it('gives what is right', () => {
    expect(parseRequest(schema, { ...good, more: 1 })).toEqual(good);
  });
  it.each([
    [{ ...good, kind: undefined }, 131008, 'kind: is required.'],
    [{ ...good, kind: 'c' }, 131009, 'kind: must be one of a, b.'],
    [{ ...good, deep: { ...good.deep, text: 7 } }, 131009, 'deep.text: must be a string.'],
    [{ ...good, deep: { ...good.deep, text: 'a' } }, 131009, 'deep.text: must have at least 2 characters.'],
    [{ ...good, deep: { ...good.deep, text: 'abcd' } }, 131009, 'deep.text: must have at most 3 characters.'],
    [{ ...good, deep: { ...good.deep, list: [] } }, 131009, 'deep.list: must have at least 1 entries.'],
    [{ ...good, deep: { ...good.deep, list: ['x'] } }, 131009, 'deep.list.0: must be a number.'],
    [{ ...good, deep: 'x' }, 131009, 'deep: must be an object.'],
    [{ ...good, messaging_product: 'x' }, 100, 'messaging_product: must be whatsapp.'],
    ['x', 100, 'The body must be an object.'],
  ])('refuses %j with %i: %s', (input, code, details) => {
    expect(refusal(input)).toMatchObject({ code, details, status: 400 });
    expect(refusal(input, 'graph')).toMatchObject({ code: 100, details });
  });
  it('accepts, or names what is wrong, for any input', () => {
    fc.assert(
      fc.property(fc.object(), (input) => {
        expect(refusal(input).details).toMatch(/^\S+: .+\.$/);
      }),
    );
  });
});
