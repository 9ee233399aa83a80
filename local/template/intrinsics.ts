import { TemplateError } from './template-error.ts';

/** What a template's functions refer to. */
export interface IntrinsicScope {
  /** Value of `Ref`: a resource, a parameter or a pseudo parameter; `NO_VALUE` for `AWS::NoValue`. */
  ref(name: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  /** The named condition of the template. */
  condition(name: string): boolean;
  mapping(map: string, top: string, second: string): unknown;
  /** `Fn::GetAZs`. */
  readonly availabilityZones: readonly string[];
}

/** `AWS::NoValue`: removes the property or the list element that it stands for. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Resolver = (argument: unknown, scope: IntrinsicScope) => unknown;

const FUNCTIONS: Readonly<Record<string, Resolver>> = {
  Ref: (argument, scope) => scope.ref(asText(argument, 'Ref')),
  'Fn::GetAtt': getAtt,
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = asList(argument, 'Fn::Join');
    return asList(resolve(parts, scope), 'Fn::Join')
      .map((part) => asText(part, 'Fn::Join'))
      .join(asText(separator, 'Fn::Join'));
  },
  'Fn::Sub': substitute,
  'Fn::Select': (argument, scope) => {
    const [index, values] = asList(argument, 'Fn::Select');
    const list = asList(resolve(values, scope), 'Fn::Select');
    const position = Number(resolve(index, scope));
    if (!Number.isInteger(position) || position < 0 || position >= list.length)
      throw new TemplateError(`Fn::Select asks for element ${String(index)} of a list of ${list.length}.`);
    return list[position];
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = asList(argument, 'Fn::Split');
    return asText(resolve(text, scope), 'Fn::Split').split(asText(separator, 'Fn::Split'));
  },
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = asList(argument, 'Fn::If');
    return resolve(scope.condition(asText(name, 'Fn::If')) ? yes : no, scope);
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = asList(resolve(argument, scope), 'Fn::FindInMap').map((part) =>
      asText(part, 'Fn::FindInMap'),
    );
    return scope.mapping(map ?? '', top ?? '', second ?? '');
  },
  'Fn::Base64': (argument, scope) => Buffer.from(asText(resolve(argument, scope), 'Fn::Base64')).toString('base64'),
  'Fn::GetAZs': (_argument, scope) => scope.availabilityZones,
  'Fn::ImportValue': () => {
    throw new TemplateError('Fn::ImportValue needs another stack; on one machine there is only this one.');
  },
};

/**
 * Replaces every intrinsic function in `value` by what it means in `scope`.
 * @throws TemplateError on a function that is not known here, on a dynamic reference, on a reference to nothing
 */
export function resolve(value: unknown, scope: IntrinsicScope): unknown {
  if (Array.isArray(value))
    return value.map((element) => resolve(element, scope)).filter((element) => element !== NO_VALUE);
  if (typeof value === 'string' && value.includes('{{resolve:'))
    throw new TemplateError(
      `"${value}" is a dynamic reference; on one machine there is no store that it could come from.`,
    );
  if (typeof value !== 'object' || value === null) return value;
  const call = functionCall(value);
  if (call) return call.resolver(call.argument, scope);
  const entries = Object.entries(value).map(([key, inner]) => [key, resolve(inner, scope)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== NO_VALUE));
}

function functionCall(value: object): { resolver: Resolver; argument: unknown } | undefined {
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length !== 1 || !first) return undefined;
  const [name, argument] = first;
  const resolver = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!resolver && name.startsWith('Fn::')) throw new TemplateError(`${name} is not known to the one-machine runner.`);
  return resolver && { resolver, argument };
}

/** `["Id", "Attribute"]` or `"Id.Attribute"`; the attribute may hold dots itself. */
function getAtt(argument: unknown, scope: IntrinsicScope): unknown {
  if (typeof argument !== 'string') {
    const [logicalId, attribute] = asList(argument, 'Fn::GetAtt');
    return scope.getAtt(asText(logicalId, 'Fn::GetAtt'), asText(resolve(attribute, scope), 'Fn::GetAtt'));
  }
  const dot = argument.indexOf('.');
  return scope.getAtt(argument.slice(0, dot), argument.slice(dot + 1));
}

function substitute(argument: unknown, scope: IntrinsicScope): string {
  const [text, given] = typeof argument === 'string' ? [argument, {}] : asList(argument, 'Fn::Sub');
  const variables = resolve(given ?? {}, scope) as Record<string, unknown>;
  return asText(text, 'Fn::Sub').replaceAll(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return asText(variables[name], 'Fn::Sub');
    return asText(name.includes('.') ? getAtt(name, scope) : scope.ref(name), 'Fn::Sub');
  });
}

/** Evaluates a condition of the template's `Conditions` (Fn::Equals, And, Or, Not, Condition). */
export function evaluateCondition(expression: unknown, scope: IntrinsicScope): boolean {
  const [name, argument] = Object.entries(expression ?? {})[0] ?? ['', undefined];
  switch (name) {
    case 'Condition':
      return scope.condition(asText(argument, 'Condition'));
    case 'Fn::Equals': {
      const [left, right] = asList(resolve(argument, scope), name);
      return String(left) === String(right);
    }
    case 'Fn::And':
      return asList(argument, name).every((inner) => evaluateCondition(inner, scope));
    case 'Fn::Or':
      return asList(argument, name).some((inner) => evaluateCondition(inner, scope));
    case 'Fn::Not':
      return !asList(argument, name).some((inner) => evaluateCondition(inner, scope));
    default:
      throw new TemplateError(`${name || 'An empty object'} is not a condition that the one-machine runner knows.`);
  }
}

function asList(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TemplateError(`${where} needs a list, found ${JSON.stringify(value)}.`);
  return value;
}

function asText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TemplateError(`${where} needs a text, found ${JSON.stringify(value) ?? 'nothing'}.`);
}
