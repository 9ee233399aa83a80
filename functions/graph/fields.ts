/** What `fields` of Graph names at its first level: `id,name,phone_numbers{id}` names three. @returns undefined: nothing was asked for */
export function fieldNamesOf(fields: string | undefined): readonly string[] | undefined {
  if (!fields) return undefined;
  let flat = fields;
  for (let inner = ''; inner !== flat; ) {
    inner = flat;
    flat = flat.replace(/\{[^{}]*\}|\([^()]*\)/g, '');
  }
  return flat.match(/[a-z_]+/gi) ?? [];
}

/**
 * The fields of an object that a client asked for; `id` is always there, and a name that the object does not have is passed over.
 * @param defaults what there is when nobody says
 */
export function selectFields<T extends { readonly id: string }>(
  object: T,
  fields: string | undefined,
  defaults: readonly (keyof T & string)[] = Object.keys(object) as (keyof T & string)[],
): { readonly id: string } & Partial<T> {
  const names: readonly string[] = fieldNamesOf(fields) ?? defaults;
  const entries = Object.entries(object).filter(([name, value]) => value !== undefined && names.includes(name));
  return { ...(Object.fromEntries(entries) as Partial<T>), id: object.id };
}
