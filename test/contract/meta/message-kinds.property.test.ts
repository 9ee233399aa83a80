import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNSUPPORTED_INTERACTIVE } from '#core/contracts/api/messages/interactive/interactive.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { parseMessage } from '../../../functions/graph/messages/parse-message.ts';
import { arbitraryOf } from './arbitrary.ts';
import { relaxedSchemas, requestValidator } from './requests.ts';

const KINDS = [
  'text',
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'location',
  'contacts',
  'reaction',
  'interactive',
] as const;

const violationsOf = requestValidator();
const schemas = relaxedSchemas();
/** What Meta's schema calls any text, and its documentation does not. */
const MEANT = {
  messaging_product: fc.constant('whatsapp'),
  recipient_type: fc.constant('individual'),
  to: fc.constantFrom('5511987654321', '+55 11 98765-4321', '+1 (650) 555-1234'),
  message_id: fc.constant('wamid.AQH1fvFkIvbvMiGbhbozRUIwQzU3M0U4OENDMkYyRTNFNDM3'),
  emoji: fc.constantFrom('👍', '❤️', '👨‍👩‍👧', ''),
  latitude: fc.constantFrom('-23.55', 37.4, '0'),
  longitude: fc.constantFrom('-46.63', -122.1, '180'),
  birthday: fc.constant('1999-01-23'),
};
const schemaOf = (kind: string): string => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Message`;

/** Bodies that are valid by Meta's schema, of one kind. */
const metaMessage = (kind: (typeof KINDS)[number]): fc.Arbitrary<unknown> =>
  arbitraryOf(schemaOf(kind), schemas, MEANT)
    .map((body) => Object.assign({}, body, { type: kind }))
    .filter((body) => violationsOf(body).length === 0);

describe('any body that Meta’s schema allows', () => {
  it.each(KINDS)('of type %s is accepted, or refused with the right code and its field', (kind) => {
    let accepted = 0;
    fc.assert(
      fc.property(metaMessage(kind), (body) => {
        try {
          parseMessage(body);
          accepted += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(GraphError);
          if (error instanceof GraphError) expectRight(error, body);
        }
      }),
      // Type and action of interactive messages are free of each other in the schema: few fit.
      { numRuns: kind === 'interactive' ? 3000 : 300 },
    );
    // A test whose bodies are all refused would say nothing.
    expect(accepted).toBeGreaterThan(kind === 'interactive' ? 10 : 60);
  });

  function expectRight({ code, details }: GraphError, body: unknown): void {
    const [field = ''] = details.split(':');
    const value = field
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], body);
    if (code === 131051)
      expect({ field, known: UNSUPPORTED_INTERACTIVE }).toMatchObject({
        field: 'interactive.type',
        known: expect.arrayContaining([value]),
      });
    // Meta looks at it before it knows that this is a message.
    else if (field === 'messaging_product') expect(code).toBe(100);
    // An empty recipient is none.
    else if (field === 'to' && value === '') expect(code).toBe(131008);
    else expect({ code, details, body }).toMatchObject({ code: value === undefined ? 131008 : 131009 });
  }
});
