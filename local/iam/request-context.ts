/** Condition keys of one request with their values. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

/** Makes a context; upper and lower case of keys are one, as in IAM. A value of `undefined` is no value. */
export function requestContext(
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
): RequestContext {
  const context = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    context.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
  }
  return context;
}

/** Values of a key; undefined when the request does not carry it. */
export function valuesOf(context: RequestContext, key: string): readonly string[] | undefined {
  const values = context.get(key.toLowerCase());
  return values?.length === 0 ? undefined : values;
}
