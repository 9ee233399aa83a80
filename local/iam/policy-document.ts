import * as z from 'zod';
import { TemplateError } from '../template/template-error.ts';
import { type Condition, parseConditions } from './conditions.ts';
import { type Pattern, parsePattern } from './pattern.ts';
import { PrincipalSchema, type Principals, parseNotPrincipals, parsePrincipals } from './principals.ts';

/** Patterns of `Action` and `Resource`; negated those of `NotAction` and `NotResource`. */
export interface Patterns {
  readonly negated: boolean;
  readonly patterns: readonly Pattern[];
}

/** One statement of a policy. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: Patterns;
  readonly resources: Patterns;
  /** Of a resource's policy only. */
  readonly principals: Principals | undefined;
  readonly conditions: readonly Condition[];
  /** Logical id of the resource of the template that the statement belongs to, or the name of AWS's managed policy. */
  readonly holder: string;
}

export interface PolicyReading {
  /** What the statement belongs to; see `Statement.holder`. */
  readonly holder: string;
  /** `identity`: of a role. `resource`: says whom it is about. `trust`: of a role, and says who may take it on. */
  readonly kind: 'identity' | 'resource' | 'trust';
}

const texts = z.union([z.string().transform((one) => [one]), z.array(z.string()).min(1)]);
const values = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const StatementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Principal: PrincipalSchema.optional(),
  NotPrincipal: PrincipalSchema.optional(),
  Condition: z
    .record(z.string(), z.record(z.string(), z.union([values.transform((one) => [one]), z.array(values)])))
    .default({}),
});
type StatementElement = z.output<typeof StatementSchema>;

const PolicySchema = z.strictObject({
  // The older version has no variables; nothing writes it any more.
  Version: z.literal('2012-10-17'),
  Id: z.string().optional(),
  Statement: z.union([StatementSchema.transform((one) => [one]), z.array(StatementSchema)]),
});

/**
 * Reads a policy document, intrinsic functions resolved.
 * @throws TemplateError on anything that is not evaluated as in AWS
 */
export function parsePolicy(document: unknown, reading: PolicyReading): readonly Statement[] {
  const parsed = PolicySchema.safeParse(document);
  if (!parsed.success) throw new TemplateError(`${reading.holder}: not a policy: ${z.prettifyError(parsed.error)}`);
  return parsed.data.Statement.map((statement) => {
    try {
      return parseStatement(statement, reading);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new TemplateError(`${reading.holder}: ${error.message}`, { cause: error });
    }
  });
}

function parseStatement(statement: StatementElement, { holder, kind }: PolicyReading): Statement {
  const { Effect: effect, Action, NotAction, Resource, NotResource, Condition } = statement;
  return {
    effect,
    actions: patterns('Action', Action, NotAction),
    resources:
      kind === 'trust'
        ? { negated: false, patterns: [parsePattern('*')] }
        : patterns('Resource', Resource, NotResource),
    principals: principalsOf(statement, kind),
    conditions: parseConditions(Condition),
    holder,
  };
}

function patterns(
  element: 'Action' | 'Resource',
  given: readonly string[] | undefined,
  not: readonly string[] | undefined,
): Patterns {
  const list = given ?? not;
  if (!list || (given && not)) throw new TemplateError(`A statement needs either ${element} or Not${element}.`);
  return {
    negated: not !== undefined,
    patterns: list.map((text) => parsePattern(text, { ignoreCase: element === 'Action' })),
  };
}

function principalsOf(
  { Effect, Principal, NotPrincipal }: StatementElement,
  kind: PolicyReading['kind'],
): Principals | undefined {
  const given = Number(Principal !== undefined) + Number(NotPrincipal !== undefined);
  if (kind === 'identity') {
    if (given > 0) throw new TemplateError('The policy of a role names a principal; only policies of resources do.');
    return undefined;
  }
  if (given !== 1)
    throw new TemplateError("A statement of a resource's policy needs either Principal or NotPrincipal.");
  return NotPrincipal
    ? parseNotPrincipals(NotPrincipal, Effect)
    : parsePrincipals(Principal ?? { AWS: [], Service: [] });
}
