import { readFileSync } from 'node:fs';
import { metaValidator, type Relaxation, type Schemas } from './meta-schema.ts';
import { REQUEST_RELAXATIONS } from './request-relaxations.ts';

const FILE = 'requests.v23.json';

/** A check of bodies of `POST /{phone_number_id}/messages` against Meta's description. */
export const requestValidator = (relaxations: readonly Relaxation[] = REQUEST_RELAXATIONS) =>
  metaValidator({ file: FILE, root: 'Message', relaxations });

interface Description {
  readonly components: { readonly schemas: Schemas };
  readonly examples: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
const description = (): Description => JSON.parse(readFileSync(new URL(FILE, import.meta.url), 'utf8')) as Description;

/** Meta's own examples, by their names there, with their placeholders. */
export const EXAMPLES = description().examples;

/** The schemas, relaxed, as `arbitraryOf` reads them. */
export function relaxedSchemas(): Schemas {
  const { schemas } = description().components;
  for (const { apply } of REQUEST_RELAXATIONS) apply(schemas);
  return schemas;
}
