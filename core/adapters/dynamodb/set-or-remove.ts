/** Parts of an update. */
export interface SetOrRemove {
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/**
 * An update that gives each attribute its value, and removes those whose value is undefined. An attribute `x` is `#x` and its
 * value `:x` in it.
 * @param changes at least one
 */
export function setOrRemove(changes: Readonly<Record<string, unknown>>): SetOrRemove {
  const entries = Object.entries(changes);
  const sets = entries.filter(([, value]) => value !== undefined);
  const removes = entries.filter(([, value]) => value === undefined);
  const clauses = [
    ...(sets.length > 0 ? [`SET ${sets.map(([name]) => `#${name} = :${name}`).join(', ')}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.map(([name]) => `#${name}`).join(', ')}`] : []),
  ];
  return {
    UpdateExpression: clauses.join(' '),
    ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(sets.map(([name, value]) => [`:${name}`, value])),
  };
}
