import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject, type SchemaObject } from 'ajv/dist/2020.js';

/** How an OpenAPI description refers to its schemas. */
export const REFERENCE = '#/components/schemas/';

/** Schemas by name, as an OpenAPI description has them under `components`. */
export type Schemas = Record<string, Schema>;
export type Schema = Record<string, unknown>;

/**
 * A part of a schema, to be changed in place.
 * @param path names and members, slashes between: `Statuses/properties/status/enum`
 * @throws when the description has no such part (any more)
 */
export function partOf(schemas: Schemas, path: string): Schema {
  let part: unknown = schemas;
  for (const step of path.split('/')) part = (part as Schema | undefined)?.[step];
  if (typeof part !== 'object' || part === null) throw new Error(`Meta's description has no ${path}.`);
  return part as Schema;
}

/** The same of a list. */
export function listIn(schemas: Schemas, path: string): unknown[] {
  const list: unknown = partOf(schemas, path);
  if (!Array.isArray(list)) throw new Error(`Meta's description has no list ${path}.`);
  return list;
}

/** Members that need not be there. */
export function makeOptional(schemas: Schemas, path: string, ...names: readonly string[]): void {
  const schema = partOf(schemas, path);
  schema['required'] = listIn(schemas, `${path}/required`).filter((name) => !names.includes(String(name)));
}

/** An object with these members, all of them required unless `required` says less. */
export const objectOf = (properties: Schema, required: readonly string[] = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
});

export const referenceTo = (name: string): string => `${REFERENCE}${name}`;

/** One thing in which Meta's description is narrower than, or different from, what Meta itself documents and sends. */
export interface Relaxation {
  readonly name: string;
  /** What is wrong with the description, and how we know. */
  readonly quirk: string;
  readonly apply: (schemas: Schemas) => void;
  /** What is right and the description refuses without this relaxation. */
  readonly example: unknown;
}

/** Tells what is wrong with a value: one line a violation, none if it fits. */
export type Validate = (value: unknown) => readonly string[];

/**
 * A check against one schema of Meta's OpenAPI description.
 * @param options.file name of a file beside this one: `{components: {schemas}}` out of the description
 * @param options.root name of the schema
 */
export function metaValidator(options: {
  readonly file: string;
  readonly root: string;
  readonly relaxations: readonly Relaxation[];
  /** Refuses members that the description does not name. */
  readonly closed?: boolean;
}): Validate {
  const { file, root, relaxations, closed = false } = options;
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  const { components } = JSON.parse(text) as { components: { schemas: Schemas } };
  for (const { apply } of relaxations) apply(components.schemas);
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  const read = closed ? withoutOthers(components) : chosenByType(components);
  const check = ajv.compile({ $ref: `${REFERENCE}${root}`, components: read } as SchemaObject);
  return (value) => {
    const json: unknown = JSON.parse(JSON.stringify(value));
    return check(json) ? [] : (check.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(lineOf);
  };
}

const lineOf = ({ instancePath, message, params }: ErrorObject): string =>
  `${instancePath || '/'} ${message} ${JSON.stringify(params)}`;

interface Discriminator {
  readonly propertyName: string;
  readonly mapping: Readonly<Record<string, string>>;
}

/** OpenAPI's discriminators as JSON Schema has them: the member's value decides which schema holds, and no other value is allowed. */
function chosenByType(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(chosenByType);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { discriminator, ...rest } = schema as { readonly discriminator?: Discriminator };
  const inner: Schema = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, chosenByType(value)]));
  if (!discriminator) return inner;
  const { propertyName, mapping } = discriminator;
  const { oneOf: _choices, ...own } = inner;
  const kind = { properties: { [propertyName]: { enum: Object.keys(mapping) } }, required: [propertyName] };
  const choices = Object.entries(mapping).map(([value, $ref]) => {
    const isOther = { not: { properties: { [propertyName]: { const: value } }, required: [propertyName] } };
    return { anyOf: [isOther, { $ref }] };
  });
  return { ...own, allOf: [...((inner['allOf'] as readonly unknown[] | undefined) ?? []), kind, ...choices] };
}

/** Every object closed to members that it does not name. For schemas without `allOf`, of which each part would refuse the others'. */
function withoutOthers(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutOthers);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withoutOthers(value)]));
  return typeof inner['properties'] === 'object' && inner['type'] === 'object'
    ? { additionalProperties: false, ...inner }
    : inner;
}
