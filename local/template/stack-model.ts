import * as z from 'zod';
import { evaluateCondition, type IntrinsicScope, NO_VALUE, resolve } from './intrinsics.ts';
import { LOCAL_ACCOUNT, type Place } from './physical-names.ts';
import { type Identity, identify } from './resource-identity.ts';
import { NOTHING_TO_RUN, RESOURCE_SCHEMAS } from './resource-schemas.ts';
import { TemplateError } from './template-error.ts';
import type { RawResource, Template } from './template-schema.ts';

type Schemas = typeof RESOURCE_SCHEMAS;
export type ResourceType = keyof Schemas;

/** A resource of the template with all its references resolved. */
export interface Resource<T extends ResourceType> extends Identity {
  readonly logicalId: string;
  readonly type: T;
  readonly properties: z.output<Schemas[T]>;
}

/** A template made concrete for one place. */
export interface StackModel {
  readonly place: Place;
  /** All resources of a type, in template order. */
  all<T extends ResourceType>(type: T): readonly Resource<T>[];
  /** The resource of a type whose `Ref`, name or ARN is `reference`. @throws TemplateError when there is none */
  find<T extends ResourceType>(type: T, reference: string): Resource<T>;
  /** By output name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Of the template, those with nothing to run on this machine included. */
  readonly resourceCount: number;
  /** Types with nothing to run on this machine, with how many of each. */
  readonly skipped: ReadonlyMap<string, number>;
}

/**
 * Resolves every resource and output of `template`. Names are made of logical ids, so no order is needed.
 * @param parameters values of template parameters; others take their default
 * @throws TemplateError on a resource type that the runner doesn't know, a property that it can't run, a dangling reference
 */
export function buildStackModel(
  template: Template,
  place: Place,
  parameters: Readonly<Record<string, string>> = {},
): StackModel {
  const scope = makeScope(template, place, parameters);
  const resources: Resource<ResourceType>[] = [];
  const skipped = new Map<string, number>();
  for (const [logicalId, raw] of Object.entries(template.Resources)) {
    if (raw.Condition !== undefined && !scope.condition(raw.Condition)) continue;
    if (isRunnable(raw.Type)) resources.push(readResource(logicalId, raw, { type: raw.Type, scope, place }));
    else if (NOTHING_TO_RUN.has(raw.Type)) skipped.set(raw.Type, (skipped.get(raw.Type) ?? 0) + 1);
    else throw unknownType(logicalId, raw.Type);
  }
  const all = <T extends ResourceType>(type: T): readonly Resource<T>[] =>
    resources.filter((resource): resource is Resource<T> => resource.type === type);
  return {
    place,
    all,
    find: (type, reference) => findIn(all(type), type, reference),
    outputs: readOutputs(template, scope, place),
    resourceCount: Object.keys(template.Resources).length,
    skipped,
  };
}

interface Reading {
  readonly type: ResourceType;
  readonly scope: IntrinsicScope;
  readonly place: Place;
}

function readResource(logicalId: string, raw: RawResource, { type, scope, place }: Reading): Resource<ResourceType> {
  const resolved = within(logicalId, type, () => withLocalApi(resolve(raw.Properties, scope), place));
  const parsed = RESOURCE_SCHEMAS[type].safeParse(resolved);
  if (!parsed.success)
    throw new TemplateError(`${logicalId} (${type}) can't run on one machine: ${z.prettifyError(parsed.error)}`);
  return { ...identify(logicalId, raw, place), logicalId, type, properties: parsed.data };
}

/** CDK writes an API's address as `https://<api id>.execute-api.<region>.amazonaws.com`; here it is the runner's own. */
function withLocalApi(value: unknown, place: Place): unknown {
  if (typeof value === 'string') return value.replaceAll(EXECUTE_API, place.apiUrl);
  if (Array.isArray(value)) return value.map((element) => withLocalApi(element, place));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withLocalApi(inner, place)]));
}
const EXECUTE_API = /https:\/\/[0-9a-z]{10}\.execute-api\.[a-z0-9-]+\.amazonaws\.com/g;

function within<T>(logicalId: string, type: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TemplateError(`${logicalId} (${type}): ${error.message}`, { cause: error });
  }
}

const isRunnable = (type: string): type is ResourceType => Object.hasOwn(RESOURCE_SCHEMAS, type);

const unknownType = (logicalId: string, type: string): TemplateError =>
  new TemplateError(
    `${logicalId} is of type ${type}, which the one-machine runner doesn't know. Teach it in local/template/resource-schemas.ts, or list it there as having nothing to run.`,
  );

function findIn<T extends ResourceType>(all: readonly Resource<T>[], type: T, reference: string): Resource<T> {
  const found = all.find(({ ref, name, arn }) => reference === ref || reference === name || reference === arn);
  if (!found) throw new TemplateError(`The template refers to ${reference}, but has no ${type} of that name.`);
  return found;
}

function makeScope(template: Template, place: Place, parameters: Readonly<Record<string, string>>): IntrinsicScope {
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': LOCAL_ACCOUNT,
    'AWS::NoValue': NO_VALUE,
    'AWS::NotificationARNs': [],
    'AWS::Partition': 'aws',
    'AWS::Region': place.region,
    'AWS::StackId': `arn:aws:cloudformation:${place.region}:${LOCAL_ACCOUNT}:stack/${place.stackName}/local`,
    'AWS::StackName': place.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const identityOf = (logicalId: string): Identity => {
    const raw = Object.hasOwn(template.Resources, logicalId) ? template.Resources[logicalId] : undefined;
    if (!raw) throw new TemplateError(`${logicalId} is referred to, but is not in the template.`);
    return identify(logicalId, raw, place);
  };
  const scope: IntrinsicScope = {
    availabilityZones: [`${place.region}a`, `${place.region}b`],
    ref(name) {
      if (Object.hasOwn(pseudo, name)) return pseudo[name];
      if (Object.hasOwn(template.Parameters, name)) return parameterValue(template, name, parameters);
      return identityOf(name).ref;
    },
    getAtt(logicalId, attribute) {
      const { arn, name, attributes } = identityOf(logicalId);
      // Attributes of resources that nothing runs for (ids of a VPC's parts) mean nothing here.
      return attribute === 'Arn' ? arn : (attributes[attribute] ?? `${name}.${attribute}`);
    },
    condition(name) {
      if (!Object.hasOwn(template.Conditions, name)) throw new TemplateError(`There is no condition ${name}.`);
      return evaluateCondition(template.Conditions[name], scope);
    },
    mapping(map, top, second) {
      const value = template.Mappings[map]?.[top]?.[second];
      if (value === undefined) throw new TemplateError(`There is no mapping ${map}/${top}/${second}.`);
      return value;
    },
  };
  return scope;
}

function parameterValue(template: Template, name: string, given: Readonly<Record<string, string>>): unknown {
  const value = Object.hasOwn(given, name) ? given[name] : template.Parameters[name]?.Default;
  if (value === undefined) throw new TemplateError(`The template's parameter ${name} has no value.`);
  const isList = template.Parameters[name]?.Type === 'CommaDelimitedList';
  return isList && typeof value === 'string' ? value.split(',') : value;
}

function readOutputs(template: Template, scope: IntrinsicScope, place: Place): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [name, { Value, Condition }] of Object.entries(template.Outputs))
    if (Condition === undefined || scope.condition(Condition))
      outputs[name] = String(withLocalApi(resolve(Value, scope), place));
  return outputs;
}
