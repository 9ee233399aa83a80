import { AwsError } from '../aws/json-protocol.ts';
import type { Denial } from './evaluate.ts';
import type { Caller } from './principals.ts';

/** How a service says that a caller may not. */
interface DenialForm {
  readonly code: string;
  readonly status: number;
  /** As the service writes its actions in the message. */
  readonly action: (action: string) => string;
}

const asIs = (action: string): string => action;

/** By the prefix of the action; all others answer as DynamoDB, KMS, Step Functions and CloudWatch do. */
const FORMS: ReadonlyMap<string, DenialForm> = new Map([
  ['sqs', { code: 'AccessDeniedException', status: 403, action: (action: string) => action.toLowerCase() }],
  ['sns', { code: 'AuthorizationError', status: 403, action: (action: string) => action.replace('sns:', 'SNS:') }],
  ['s3', { code: 'AccessDenied', status: 403, action: asIs }],
  ['lambda', { code: 'AccessDeniedException', status: 403, action: asIs }],
]);
const COMMON: DenialForm = { code: 'AccessDeniedException', status: 400, action: asIs };

/** Where a key denies what a service does with it for the caller, these services have an error of their own. */
const KEY_CODES: ReadonlyMap<string, string> = new Map([
  ['sqs', 'KmsAccessDenied'],
  ['sns', 'KMSAccessDenied'],
]);

export interface DeniedRequest {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
  /** Prefix of the service that was called, where that is another than the action's: it used a key for the caller. */
  readonly calledService?: string | undefined;
}

/** The error that the called service answers, naming role, action and resource in AWS's sentence. */
export function accessDenied(request: DeniedRequest, because: Denial): AwsError {
  const own = prefixOf(request.action);
  const called = request.calledService ?? own;
  const { status, code } = FORMS.get(called) ?? COMMON;
  const message = denialSentence(request, because);
  if (called !== own) {
    const keyCode = KEY_CODES.get(called);
    if (keyCode !== undefined) return new AwsError(keyCode, message);
  }
  return new AwsError(code, message, status);
}

/** AWS's sentence about a denied request. */
export function denialSentence({ caller, action, resource }: DeniedRequest, because: Denial): string {
  const name = (FORMS.get(prefixOf(action)) ?? COMMON).action(action);
  return `User: ${nameOf(caller)} is not authorized to perform: ${name} on resource: ${resource} ${reason(because, name)}`;
}

/** What a service answers to an access key that nobody has. */
export function unknownAccessKey(action: string): AwsError {
  const code = ['sqs', 'sns'].includes(prefixOf(action)) ? 'InvalidClientTokenId' : 'UnrecognizedClientException';
  return new AwsError(code, 'The security token included in the request is invalid.', 403);
}

const prefixOf = (action: string): string => action.slice(0, action.indexOf(':'));

function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case 'role':
      return caller.sessionArn;
    case 'service':
      return caller.service;
    case 'anonymous':
      return 'anonymous';
  }
}

function reason(because: Denial, action: string): string {
  switch (because) {
    case 'identity-denies':
      return 'with an explicit deny in an identity-based policy';
    case 'resource-denies':
      return 'with an explicit deny in a resource-based policy';
    case 'identity-silent':
      return `because no identity-based policy allows the ${action} action`;
    case 'resource-silent':
      return `because no resource-based policy allows the ${action} action`;
  }
}
