import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CONTRACTS, FIXTURES, recorded, withUnknownFields } from './recorded-contracts.ts';

/** What this code writes; the release takes its number as the folder's name. */
const CURRENT = 'next';
/** Oldest first; what they wrote stays as it was. */
const RELEASES = readdirSync(FIXTURES)
  .filter((folder) => folder !== CURRENT)
  .toSorted();
const NAMES = Object.keys(CONTRACTS);
const EARLIER = RELEASES.flatMap((release) => NAMES.map((name) => ({ release, name })));
const ALL = [...EARLIER, ...NAMES.map((name) => ({ release: CURRENT, name }))];

const schemaOf = (name: string): z.ZodType => {
  const schema = CONTRACTS[name];
  if (!schema) throw new Error(`no contract ${name}`);
  return schema;
};

/** Bytes are anything in it: JSON Schema has none. */
const jsonSchemaOf = (name: string) => z.toJSONSchema(schemaOf(name), { io: 'input', unrepresentable: 'any' });

/** JSON, under a name that the formatter leaves alone: it is compared as text. */
const SCHEMAS = 'schemas.txt';

/** Schemas of a release as JSON Schema, so that its reading can be repeated when its code is gone. */
type Frozen = Readonly<Record<string, z.core.JSONSchema.JSONSchema>>;
const frozen = (release: string): Frozen =>
  JSON.parse(readFileSync(path.join(FIXTURES, release, SCHEMAS), 'utf8')) as Frozen;

/** Attributes that only DynamoDB looks at. */
const withoutKeys = ({ pk: _pk, sk: _sk, ...row }: Record<string, unknown>): Record<string, unknown> => row;

type Typed = { readonly type?: string } | undefined;
/** Which member of each union an example is: one that a release has no example of is new to it, and stays in its row. */
const kindOf = ({ type, content, to, event, answer }: Record<string, unknown>): string =>
  [{ type }, content, to, event, (event as { content?: unknown } | undefined)?.content, answer]
    .map((member) => (member as Typed)?.type ?? '')
    .join('/');

/** Paths of all fields: `event.content.text.body`. Elements of lists have the list's path. */
function fieldsOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => fieldsOf(element, at));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${at}.${key}`, ...fieldsOf(inner, `${at}.${key}`)]);
}

function fieldsOfSchema(schema: z.core.JSONSchema.BaseSchema, at = ''): string[] {
  const members = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), schema.items ?? []].flat();
  const nested = members.flatMap((member) => (typeof member === 'object' ? fieldsOfSchema(member, at) : []));
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
    `${at}.${key}`,
    ...(typeof inner === 'object' ? fieldsOfSchema(inner, `${at}.${key}`) : []),
  ]);
  return [...nested, ...own];
}

describe('queue messages and rows of each release', () => {
  it.each(ALL)('$release $name are read by this code, every field of them', ({ release, name }) => {
    const examples = recorded(release, name);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const read = schemaOf(name).parse(example);
      if (release === CURRENT) expect(read).toEqual(withoutKeys(example));
      else expect(example).toMatchObject(read as object);
    }
  });

  it.each(NAMES)('%s are read with fields that a later release may add', (name) => {
    for (const example of recorded(CURRENT, name)) {
      const read = schemaOf(name).parse(withUnknownFields(example));
      const without = schemaOf(name).parse(example);
      // The figures of a queue report are passed on whatever they are.
      if ((example['event'] as Typed)?.type === 'queue') expect(read).toMatchObject(without as object);
      else expect(read).toEqual(without);
    }
  });

  it.each(EARLIER)(
    'what this code writes as $name is read by $release, of the kinds that it knows',
    ({ release, name }) => {
      const reader = z.fromJSONSchema(frozen(release)[name] ?? false);
      const known = new Set(recorded(release, name).map(kindOf));
      const written = recorded(CURRENT, name).filter((example) => known.has(kindOf(example)));
      expect(written.length).toBeGreaterThan(0);
      for (const example of written) expect(reader.safeParse(example).error).toBeUndefined();
    },
  );

  it('of every kind that an earlier release knows there is an example that this code writes', () => {
    const kindsOf = (release: string): string[] =>
      NAMES.flatMap((name) => recorded(release, name).map((example) => `${name} ${kindOf(example)}`));
    const written = new Set(kindsOf(CURRENT));
    expect(RELEASES.flatMap(kindsOf).filter((kind) => !written.has(kind))).toEqual([]);
  });

  it('are refused where a field that the reader needs is missing', () => {
    const [command] = recorded(CURRENT, 'outbound-commands');
    const { wamid: _wamid, ...broken } = command ?? {};
    expect(schemaOf('outbound-commands').safeParse(broken).success).toBe(false);
    expect(z.fromJSONSchema(frozen('v0.1')['outbound-commands'] ?? false).safeParse(broken).success).toBe(false);
  });
});

describe('fixtures of this release', () => {
  it('have its schemas; a change of a contract shows here first', async () => {
    const schemas = NAMES.map((name) => [name, jsonSchemaOf(name)]);
    const file = path.join(FIXTURES, CURRENT, SCHEMAS);
    await expect(`${JSON.stringify(Object.fromEntries(schemas), null, 1)}\n`).toMatchFileSnapshot(file);
  });

  it.each(NAMES)('have an example of every field of %s', (name) => {
    const shown = new Set(recorded(CURRENT, name).flatMap((example) => fieldsOf(example)));
    const fields = fieldsOfSchema(jsonSchemaOf(name));
    expect(fields.filter((field) => !shown.has(field))).toEqual([]);
  });
});
