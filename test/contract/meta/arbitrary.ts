import * as fc from 'fast-check';
import { REFERENCE, type Schemas } from './meta-schema.ts';

/** The words of JSON Schema and OpenAPI that the description uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly discriminator?: { readonly propertyName: string; readonly mapping: Readonly<Record<string, string>> };
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}
/** Entries of an array and characters beyond which nothing new happens; limits themselves are drawn too. */
const MOST_ENTRIES = 3;
const LONG_TEXT = 60;
/** What people write with. */
const LETTERS = ['a', 'B', 'é', 'ç', '7', ' ', '.', '?', '\n', '漢', '🐦', '👍🏽'];
/** Every so often a value comes from the hints for its member's name, so that requests get past the first check. */
const HINTED = 9;
const UNHINTED = 1;

/** Likely values by the name of a member. */
export type Hints = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Values of a JSON Schema out of Meta's description. What its `if` and patterns forbid may be among them: filter by the validator. */
export function arbitraryOf(root: string, schemas: Schemas, hints: Hints): fc.Arbitrary<unknown> {
  const named = (reference: string): Schema => schemas[reference.slice(REFERENCE.length)] ?? {};

  function of(schema: Schema): fc.Arbitrary<unknown> {
    const parts = partsOf(schema);
    if (parts.length > 0) return fc.tuple(objectOf(schema), ...parts).map((members) => Object.assign({}, ...members));
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => of({ ...schema, type })));
    return simple(schema);
  }

  /** What is combined with the schema's own members. */
  function partsOf(schema: Schema): fc.Arbitrary<object>[] {
    const { $ref, allOf = [], oneOf, anyOf, discriminator } = schema;
    const choices = (discriminator ? undefined : oneOf) ?? anyOf;
    const kinds = Object.entries(discriminator?.mapping ?? {}).map(([value, reference]) =>
      of(named(reference)).map((members) => Object.assign({}, members, { [discriminator?.propertyName ?? '']: value })),
    );
    return [
      ...($ref ? [of(named($ref))] : []),
      // A part without members says what else must hold, not what else there is.
      ...allOf.filter((part) => part.$ref ?? part.properties).map(of),
      ...(choices ? [fc.oneof(...choices.map(of))] : []),
      ...(kinds.length > 0 ? [fc.oneof(...kinds)] : []),
    ] as fc.Arbitrary<object>[];
  }

  function simple(schema: Schema): fc.Arbitrary<unknown> {
    switch (schema.type ?? (schema.properties ? 'object' : 'anything')) {
      case 'object':
        return objectOf(schema);
      case 'array': {
        const { minItems = 0, maxItems = MOST_ENTRIES, items = {} } = schema;
        return fc.array(of(items), {
          minLength: minItems,
          maxLength: Math.max(minItems, Math.min(maxItems, MOST_ENTRIES)),
        });
      }
      case 'integer':
        return fc.integer({ min: schema.minimum ?? -1000, max: 1000 });
      case 'number':
        return fc.double({ min: -200, max: 200, noNaN: true });
      case 'boolean':
        return fc.boolean();
      case 'string':
        return textOf(schema);
      default:
        return fc.anything({ maxDepth: 1 }).filter((value) => value !== undefined);
    }
  }

  function objectOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<object> {
    const model = Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name, hinted(name, of(schema))]),
    );
    const requiredKeys = required.filter((name) => Object.hasOwn(model, name));
    return fc.record(model, { requiredKeys, noNullPrototype: true });
  }

  function hinted(name: string, arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
    const hint = hints[name];
    if (!hint) return arbitrary;
    return fc.oneof({ weight: HINTED, arbitrary: hint }, { weight: UNHINTED, arbitrary });
  }

  return of(named(`${REFERENCE}${root}`));
}

function textOf({ maxLength, pattern }: Schema): fc.Arbitrary<string> {
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  const bounds = { minLength: 1, maxLength: Math.min(maxLength ?? LONG_TEXT, LONG_TEXT) };
  const words = fc
    .string({ unit: fc.constantFrom(...LETTERS), ...bounds })
    .filter((text) => maxLength === undefined || text.length <= maxLength);
  const short = fc.oneof(
    { weight: HINTED, arbitrary: words },
    { weight: UNHINTED, arbitrary: fc.string({ unit: 'binary', ...bounds, minLength: 0 }) },
  );
  if (maxLength === undefined) return short;
  return fc.oneof({ weight: 5, arbitrary: short }, { weight: 1, arbitrary: fc.constant('x'.repeat(maxLength)) });
}
