import type { Clock } from '#core/domain/clock.ts';
import type { Authorize, AwsRequest } from '../aws/authorize.ts';
import { LOCAL_ACCOUNT } from '../template/physical-names.ts';
import type { StackModel } from '../template/stack-model.ts';
import { accessDenied, unknownAccessKey } from './denial.ts';
import { type Decision, evaluate } from './evaluate.ts';
import { type Grant, type NameResource, resourceNames, toGrant } from './grants.ts';
import { encryptionContextKeys, type KeyUses, protectedBy, readKeyUses } from './key-use.ts';
import { parsePolicy, type Statement } from './policy-document.ts';
import type { Caller } from './principals.ts';
import { type RequestContext, requestContext } from './request-context.ts';
import { FOREIGN_KEY_POLICY, readPolicies, type TemplatePolicies } from './template-policies.ts';

export interface IamOptions {
  readonly clock: Clock;
  /** ARN of the role that an access key was given to. */
  readonly roleOf: (accessKeyId: string) => string | undefined;
  /** Hears of each grant that let a request pass, as often as it does. */
  readonly onUse?: ((grant: Grant) => void) | undefined;
  /** Hears AWS's sentence about each request that was refused; callers may keep it for themselves. */
  readonly onDenied?: ((sentence: string) => void) | undefined;
}

/** A request of a service of AWS by itself, or of a role on behalf of one. */
export interface ServiceRequest {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
  /** What the service acts for: a topic, a rule, an alarm, a state machine. */
  readonly sourceArn?: string | undefined;
}

/** Access key of whoever runs Pombo on this machine: its commands and tests. It may do everything that no policy denies. */
export const OPERATOR_ACCESS_KEY = 'operator';

const OPERATOR: Caller = {
  kind: 'role',
  roleArn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/${OPERATOR_ACCESS_KEY}`,
  sessionArn: `arn:aws:sts::${LOCAL_ACCOUNT}:assumed-role/${OPERATOR_ACCESS_KEY}/local`,
  account: LOCAL_ACCOUNT,
};
const OPERATOR_POLICY = parsePolicy(
  { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
  { holder: OPERATOR_ACCESS_KEY, kind: 'identity' },
);

interface Rules {
  readonly policies: TemplatePolicies;
  readonly keyUses: KeyUses;
  readonly region: string;
  readonly nameResource: NameResource;
  /** Name of the function or task that a role is for, by its ARN: the session's name in AWS. */
  readonly sessions: ReadonlyMap<string, string>;
}

/** IAM on one machine: decides by the policies of the template whether a caller may do what it asks for. */
export class Iam {
  readonly #options: IamOptions;
  #rules: Rules | undefined;

  constructor(options: IamOptions) {
    this.#options = options;
  }

  /**
   * From here on the policies of this template hold; nothing is allowed before.
   * @throws TemplateError on a policy that can't be evaluated as in AWS
   */
  enforce(model: StackModel): void {
    this.#rules = {
      policies: readPolicies(model),
      keyUses: readKeyUses(model),
      region: model.place.region,
      nameResource: resourceNames(model),
      sessions: sessionNames(model),
    };
  }

  /** Asked by each emulated service before it acts. @throws AwsError in the service's own form when the caller may not */
  readonly authorize: Authorize = (request) => {
    const caller = this.#callerOf(request);
    const context = this.#context(caller, { ...request.context, ...encryptionKeysOf(request) });
    this.#pass({ caller, action: request.action, resource: request.resource, context });
  };

  /**
   * As `authorize`, for what services of AWS do by themselves or with a role that they were given.
   * @throws AwsError when they may not
   */
  authorizeService({ caller, action, resource, sourceArn }: ServiceRequest): void {
    this.#pass({ caller, action, resource, context: this.#context(caller, sourceKeys(sourceArn)) });
  }

  /** Whether a service may take on a role. @param service such as `lambda.amazonaws.com` */
  mayAssume(service: string, roleArn: string, sourceArn: string | undefined): boolean {
    const caller: Caller = { kind: 'service', service };
    const resource = this.#ready().policies.roles.get(roleArn)?.trust;
    const context = this.#context(caller, sourceKeys(sourceArn));
    const request = { caller, action: 'sts:AssumeRole', resource: roleArn, context };
    return evaluate(request, { identity: [], resource, mode: 'resource-first' }).allowed;
  }

  /** A role of the template in use. */
  role(roleArn: string): Caller {
    const name = roleArn.slice(roleArn.lastIndexOf('/') + 1);
    const session = this.#ready().sessions.get(roleArn) ?? 'local';
    const sessionArn = `arn:aws:sts::${LOCAL_ACCOUNT}:assumed-role/${name}/${session}`;
    return { kind: 'role', roleArn, sessionArn, account: LOCAL_ACCOUNT };
  }

  get policies(): TemplatePolicies {
    return this.#ready().policies;
  }

  #pass(request: Passing): void {
    this.#require(request, undefined);
    const calledService = request.action.slice(0, request.action.indexOf(':'));
    for (const { action, keyArn, context } of this.#ready().keyUses(request.action, request.resource)) {
      const merged = this.#context(request.caller, context);
      this.#require({ ...request, action, resource: keyArn, context: merged }, calledService);
    }
  }

  #require(request: Passing, calledService: string | undefined): void {
    const decision = this.#decide(request);
    if (!decision.allowed) {
      const error = accessDenied({ ...request, calledService }, decision.because);
      this.#options.onDenied?.(error.message);
      throw error;
    }
    if (!this.#options.onUse) return;
    for (const used of decision.by) this.#options.onUse(toGrant(used, this.#ready().nameResource));
  }

  #decide(request: Passing): Decision {
    const { policies } = this.#ready();
    const resource = policies.resources.get(protectedBy(request.resource));
    const identity = this.#identityOf(request.caller);
    if (!request.resource.startsWith('arn:aws:kms:')) return evaluate(request, { identity, resource, mode: 'either' });
    return evaluate(request, { identity, resource: resource ?? FOREIGN_KEY_POLICY, mode: 'resource-first' });
  }

  #identityOf(caller: Caller): readonly Statement[] {
    if (caller.kind !== 'role') return [];
    if (caller === OPERATOR) return OPERATOR_POLICY;
    return this.#ready().policies.roles.get(caller.roleArn)?.identity ?? [];
  }

  #callerOf({ accessKeyId, action }: AwsRequest): Caller {
    if (accessKeyId === OPERATOR_ACCESS_KEY) return OPERATOR;
    const roleArn = this.#options.roleOf(accessKeyId);
    if (roleArn !== undefined) return this.role(roleArn);
    if (accessKeyId === '' && action.startsWith('s3:')) return { kind: 'anonymous' };
    const error = unknownAccessKey(action);
    this.#options.onDenied?.(`${action} with the access key ${accessKeyId || '(none)'}: ${error.message}`);
    throw error;
  }

  /** Every request is seen as if over TLS: on one machine there is none, and nothing that could listen. */
  #context(caller: Caller, further: AwsRequest['context'] = {}): RequestContext {
    const now = this.#options.clock.now();
    const role = caller.kind === 'role' ? caller : undefined;
    return requestContext({
      'aws:SecureTransport': 'true',
      'aws:CurrentTime': new Date(now).toISOString(),
      'aws:EpochTime': String(Math.floor(now / 1000)),
      'aws:RequestedRegion': this.#ready().region,
      'aws:ResourceAccount': LOCAL_ACCOUNT,
      'aws:PrincipalArn': role?.roleArn,
      'aws:PrincipalAccount': role?.account,
      'aws:PrincipalType': role && 'AssumedRole',
      'aws:PrincipalIsAWSService': String(caller.kind === 'service'),
      'aws:PrincipalServiceName': caller.kind === 'service' ? caller.service : undefined,
      'kms:CallerAccount': role?.account,
      ...further,
    });
  }

  #ready(): Rules {
    if (!this.#rules) throw new Error('A request came before the policies of the template were read.');
    return this.#rules;
  }
}

interface Passing {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

const sourceKeys = (sourceArn: string | undefined): AwsRequest['context'] =>
  sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': LOCAL_ACCOUNT };

function encryptionKeysOf({ encryptionContext = {} }: AwsRequest): AwsRequest['context'] {
  return {
    'kms:EncryptionContextKeys': Object.keys(encryptionContext),
    ...encryptionContextKeys(encryptionContext),
  };
}

function sessionNames(model: StackModel): ReadonlyMap<string, string> {
  return new Map([
    ...model.all('AWS::Lambda::Function').map(({ name, properties }) => [properties.Role, name] as const),
    ...model
      .all('AWS::ECS::TaskDefinition')
      .map(({ name, properties }) => [properties.TaskRoleArn ?? name, name] as const),
  ]);
}
