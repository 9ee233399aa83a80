/** How a task state calls what its `Resource` names. */
export interface TaskResource {
  /** `function`: the ARN of a Lambda function itself; `service`: a service integration. */
  readonly kind: 'function' | 'service';
  /** Service part of the resource, such as `lambda`, `sqs` or `aws-sdk:dynamodb`. */
  readonly service: string;
  /** Action without its pattern, such as `invoke`. */
  readonly action: string;
  /** The state waits until its token comes back. */
  readonly waitsForToken: boolean;
}

/** Service integrations that run here, beside `aws-sdk:*` and function ARNs. */
const INTEGRATIONS: ReadonlySet<string> = new Set([
  'lambda:invoke',
  'sqs:sendMessage',
  'sns:publish',
  'dynamodb:getItem',
  'dynamodb:putItem',
  'dynamodb:updateItem',
  'dynamodb:deleteItem',
  'states:startExecution',
]);

const FUNCTION = /^arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;
const SERVICE = /^arn:[a-z0-9-]+:states:::((?:aws-sdk:)?[a-z0-9]+):([A-Za-z]+)(?:\.(.+))?$/;

/** Reads a task's `Resource`; undefined when nothing here can call it. */
export function readResource(resource: string): TaskResource | undefined {
  if (FUNCTION.test(resource)) {
    return { kind: 'function', service: 'lambda', action: 'invoke', waitsForToken: false };
  }
  const [, service = '', action = '', pattern] = SERVICE.exec(resource) ?? [];
  if (pattern !== undefined && pattern !== 'waitForTaskToken') return undefined;
  if (!service.startsWith('aws-sdk:') && !INTEGRATIONS.has(`${service}:${action}`)) return undefined;
  return { kind: 'service', service, action, waitsForToken: pattern !== undefined };
}
