import type { Pattern } from './pattern.ts';
import type { Patterns, Statement } from './policy-document.ts';
import type { Caller } from './principals.ts';
import type { RequestContext } from './request-context.ts';

/** A request as policies see it. */
export interface PolicyRequest {
  readonly caller: Caller;
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  /** ARN, or `*` for an action on no resource. */
  readonly resource: string;
  readonly context: RequestContext;
}

/** Policies that a request falls under. */
export interface Policies {
  /** Of the caller's role; none for a service. */
  readonly identity: readonly Statement[];
  /** Of the resource; undefined when it has none. */
  readonly resource: readonly Statement[] | undefined;
  /**
   * `either`: within an account, the role's policy or the resource's may allow. `resource-first`: KMS and trust
   * policies, where nothing is allowed that the resource's policy does not allow, or leave to the account.
   */
  readonly mode: 'either' | 'resource-first';
}

/** A grant at work: one action pattern and one resource pattern of an `Allow` statement. */
export interface UsedGrant {
  readonly statement: Statement;
  readonly action: Pattern;
  readonly resource: Pattern;
}

export type Decision =
  | { readonly allowed: true; readonly by: readonly UsedGrant[] }
  | { readonly allowed: false; readonly because: Denial };

/** Why not. */
export type Denial = 'identity-denies' | 'resource-denies' | 'identity-silent' | 'resource-silent';

/** Decides as IAM does for callers and resources of one account: an explicit `Deny` first, then any `Allow`. */
export function evaluate(request: PolicyRequest, policies: Policies): Decision {
  const identity = policies.identity.filter((statement) => applies(statement, request));
  const resource = (policies.resource ?? []).filter((statement) => applies(statement, request));
  if (identity.some(isDeny)) return { allowed: false, because: 'identity-denies' };
  if (resource.some(isDeny)) return { allowed: false, because: 'resource-denies' };
  const direct = resource.filter(({ principals }) => principals?.match(request.caller) === 'direct');
  const delegated = resource.filter(({ principals }) => principals?.match(request.caller) === 'account');
  if (policies.mode === 'either') {
    const by = [...identity, ...direct];
    if (by.length > 0) return { allowed: true, by: by.flatMap((statement) => usedGrants(statement, request)) };
    return { allowed: false, because: request.caller.kind === 'role' ? 'identity-silent' : 'resource-silent' };
  }
  if (direct.length + delegated.length === 0) return { allowed: false, because: 'resource-silent' };
  if (direct.length === 0 && identity.length === 0) return { allowed: false, because: 'identity-silent' };
  const by = [...direct, ...identity, ...(direct.length === 0 ? delegated : [])];
  return { allowed: true, by: by.flatMap((statement) => usedGrants(statement, request)) };
}

const isDeny = ({ effect }: Statement): boolean => effect === 'Deny';

/** True when a statement speaks of the request: its principal, action, resource and conditions. */
function applies(statement: Statement, { caller, action, resource, context }: PolicyRequest): boolean {
  const { principals, actions, resources, conditions } = statement;
  return (
    (principals === undefined || principals.match(caller) !== undefined) &&
    includes(actions, action, context) &&
    includes(resources, resource, context) &&
    conditions.every((holds) => holds(context))
  );
}

function includes({ negated, patterns }: Patterns, value: string, context: RequestContext): boolean {
  return patterns.some((pattern) => pattern.matches(value, context)) !== negated;
}

function usedGrants(statement: Statement, { action, resource, context }: PolicyRequest): UsedGrant[] {
  const used = ({ negated, patterns }: Patterns, value: string): readonly Pattern[] =>
    negated ? patterns : patterns.filter((pattern) => pattern.matches(value, context));
  const resources = used(statement.resources, resource);
  return used(statement.actions, action).flatMap((actionPattern) =>
    resources.map((resourcePattern) => ({ statement, action: actionPattern, resource: resourcePattern })),
  );
}
