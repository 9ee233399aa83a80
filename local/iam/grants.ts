import { RESOURCE_SCHEMAS } from '../template/resource-schemas.ts';
import type { ResourceType, StackModel } from '../template/stack-model.ts';
import type { UsedGrant } from './evaluate.ts';
import type { Patterns, Statement } from './policy-document.ts';
import type { TemplatePolicies } from './template-policies.ts';

/** One action on one resource that a template allows somebody. */
export interface Grant {
  /** Logical id of the role, or of the resource's policy. */
  readonly holder: string;
  readonly action: string;
  /** With logical ids in the place of ARNs, so that it is the same on every machine. */
  readonly resource: string;
}

/** Names resources by their logical ids. */
export type NameResource = (arnPattern: string) => string;

/** Makes names of ARN patterns; what is not in the template keeps its ARN. */
export function resourceNames(model: StackModel): NameResource {
  const types = Object.keys(RESOURCE_SCHEMAS) as ResourceType[];
  const named = types
    .flatMap((type) => model.all(type))
    .map(({ arn, logicalId }) => ({ arn: arn.replace(/:\*$/, ''), logicalId }))
    .sort((a, b) => b.arn.length - a.arn.length);
  return (pattern) => {
    const found = named.find(({ arn }) => pattern.startsWith(arn) && /^($|[:/])/.test(pattern.slice(arn.length)));
    return found ? found.logicalId + pattern.slice(found.arn.length) : pattern;
  };
}

/** Services that have no emulator, because AWS's own agents call them: the runner checks those grants when it starts. */
const AGENTS_OF_AWS = /^(logs|ecr|secretsmanager|ssm):/;

/**
 * Every grant of a template that a caller could use, once each. Policies that AWS keeps, and grants that only AWS's
 * agents use, are not among them.
 */
export function grantsOf({ roles, resources }: TemplatePolicies, nameResource: NameResource): readonly Grant[] {
  const statements = [...[...roles.values()].flatMap(({ identity }) => identity), ...[...resources.values()].flat()];
  const grants = statements
    .filter(({ effect, holder }) => effect === 'Allow' && !holder.startsWith('arn:aws:iam::aws:'))
    .flatMap((statement) => grantsOfStatement(statement, nameResource))
    .filter(({ action, resource }) => !AGENTS_OF_AWS.test(action) && isPossible(action, resource));
  return [...new Map(grants.map((grant) => [grantLine(grant), grant])).values()];
}

function grantsOfStatement({ holder, actions, resources }: Statement, nameResource: NameResource): Grant[] {
  return texts(actions).flatMap((action) =>
    texts(resources).map((resource) => ({ holder, action, resource: nameResource(resource) })),
  );
}

const texts = ({ negated, patterns }: Patterns): string[] =>
  patterns.map(({ text }) => (negated ? `not ${text}` : text));

/** DynamoDB reads indexes by Query and Scan alone; CDK grants every action on them too. */
const isPossible = (action: string, resource: string): boolean =>
  !resource.includes('/index/') || /^dynamodb:(Query|Scan|\*)$/.test(action);

/** The grant that a request has used. */
export function toGrant({ statement, action, resource }: UsedGrant, nameResource: NameResource): Grant {
  return { holder: statement.holder, action: action.text, resource: nameResource(resource.text) };
}

/** One line of a record of used grants. */
export const grantLine = ({ holder, action, resource }: Grant): string => `${holder} ${action} ${resource}`;

/**
 * Grants that no line of a record names. Siblings count as one: shards of a queue, which differ in a number alone; a table
 * with its indexes and a function with its versions, which CDK grants together.
 */
export function unusedGrants(grants: readonly Grant[], used: ReadonlySet<string>): readonly Grant[] {
  const usedFamilies = new Set(grants.filter((grant) => used.has(grantLine(grant))).map(familyOf));
  const unused = grants.filter((grant) => !usedFamilies.has(familyOf(grant)));
  return [...new Map(unused.toReversed().map((grant) => [familyOf(grant), grant])).values()].toReversed();
}

/** CDK ends a logical id with eight hex digits. */
const HASH = /[0-9A-F]{8}(?=$|[:/])/;

function familyOf({ holder, action, resource }: Grant): string {
  const family = resource
    .replace(/(\/index\/.*|:\*)$/, '')
    .replace(HASH, '')
    .replaceAll(/\d+/g, '#');
  return `${holder} ${action} ${family}`;
}
