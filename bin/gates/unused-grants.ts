import { type Grant, grantLine, grantsOf, resourceNames, unusedGrants } from '../../local/iam/grants.ts';
import { readPolicies } from '../../local/iam/template-policies.ts';
import { buildStackModel } from '../../local/template/stack-model.ts';
import { TemplateSchema } from '../../local/template/template-schema.ts';

/** Grants that the end-to-end tests have used; `npm run grants` writes it. */
export const USED_GRANTS = 'test/e2e/used-grants.txt';

/** A grant that no test uses, and that is needed all the same. */
interface Acknowledged {
  /** Of lines `role action resource`. */
  readonly pattern: RegExp;
  readonly reason: string;
}

export const ACKNOWLEDGED_GRANTS: readonly Acknowledged[] = [
  {
    pattern: /^DataLedgerKey\w+ kms:(?!Decrypt )/,
    reason: 'The deployment and administrators look after the key; DynamoDB takes its grant on it as it makes a table.',
  },
  {
    pattern: /^ConnectorTaskTaskRole\w+ kms:(?!Decrypt ).* DataLedgerKey/,
    reason:
      "DynamoDB's documentation asks for them of whoever reads and writes under a customer managed key; Decrypt is what the emulator asks for.",
  },
  {
    pattern: /^(WebhookDeliveryDeliver|DeadCommandsFunction)\w+ sqs:(ChangeMessageVisibility|GetQueueUrl) /,
    reason:
      "The CDK grants consuming a queue as a whole; Lambda's pollers give messages back with the first when the function is throttled.",
  },
  {
    pattern:
      /^WebhookDelivery(Deliver|RetryDelivery|FinalizeDelivery)ServiceRole\w+ (dynamodb:(BatchWriteItem|DeleteItem|UpdateItem|GetItem) Data(Backlog|Deliveries|Endpoints|Limits)|kms:Decrypt DataSecretsKey|sns:Publish|sqs:SendMessage QueuesBulkDeadLetters)/,
    reason:
      'Rare ways of a delivery that fails (a lane in the way, 410, the operator): test/functions/deliver takes them on tables without roles.',
  },
  {
    pattern:
      /^WebhookDelivery(RecoverEndpointService|WebhookRetry)Role\w+ (dynamodb:(DeleteItem|GetItem) DataEndpointStates|dynamodb:(GetItem|PutItem) DataBacklog|dynamodb:UpdateItem DataEndpoints|sqs:SendMessage|states:StartExecution)/,
    reason:
      'Ends of a recovery (disabled, expired, handed on) and of a retry: test/functions/deliver takes them on tables without roles.',
  },
  {
    pattern:
      /^Api(Deliveries|ReplaySlice|Graph|Webhooks)ServiceRole\w+ (dynamodb:(GetItem|Query) DataSessions|dynamodb:UpdateItem Data(Jobs|EndpointStates)|dynamodb:DeleteItem DataLimits|dynamodb:GetItem DataDeliveries|dynamodb:Query DataBacklog|sqs:SendMessage QueuesOutbound|states:StartExecution)/,
    reason:
      'Replays that are cancelled, go on or read messages, webhooks that are switched on again, a note that is taken back: test/functions.',
  },
  {
    pattern:
      /^ConnectorTaskTaskRole\w+ (dynamodb:GetItem DataTasks|dynamodb:PutItem DataLimits|s3:(AbortMultipartUpload|GetObject) DataMedia\w+\/in\/|sns:Publish)/,
    reason:
      'A file that breaks off or is passed on, people who write first, notices, a fenced task: test/connector takes them without roles.',
  },
];

/** Any place does: only logical ids are compared. */
const PLACE = { region: 'us-east-1', awsEndpoint: 'http://127.0.0.1:1', apiUrl: 'http://127.0.0.1:2' };

/** Every grant of a synthesized template that a caller could use. */
export function grantsOfTemplate(template: unknown): readonly Grant[] {
  const keyIdOf = (logicalId: string): string => logicalId;
  const model = buildStackModel(TemplateSchema.parse(template), { stackName: 'Pombo', keyIdOf, ...PLACE });
  return grantsOf(readPolicies(model), resourceNames(model));
}

/** Lines of a committed record. */
export const readUsedGrants = (text: string): ReadonlySet<string> => new Set(text.split('\n').filter(Boolean));

/** Grants that a record names, one of several siblings: which shard a session falls into is chance. */
export function usedGrants(grants: readonly Grant[], recorded: ReadonlySet<string>): readonly Grant[] {
  return unusedGrants(grants, new Set(unusedGrants(grants, recorded).map(grantLine)));
}

/**
 * Grants that no test uses and nobody has given a reason for, lines of the record that the template does not grant any more, and
 * reasons that nothing needs; one sentence each.
 */
export function grantFindings(
  grants: readonly Grant[],
  used: ReadonlySet<string>,
  acknowledged: readonly Acknowledged[] = ACKNOWLEDGED_GRANTS,
): readonly string[] {
  const unused = unusedGrants(grants, used).map(grantLine);
  const lines = new Set(grants.map(grantLine));
  return [
    ...unused
      .filter((line) => !acknowledged.some(({ pattern }) => pattern.test(line)))
      .map((line) => `no test has used the grant ${line}: remove it, or test it and run npm test, then npm run grants`),
    ...[...used]
      .filter((line) => !lines.has(line))
      .map((line) => `${line} is not granted any more; run npm run grants`),
    ...acknowledged
      .filter(({ pattern }) => !unused.some((line) => pattern.test(line)))
      .map(
        ({ pattern }) =>
          `${String(pattern)} is acknowledged in bin/gates/unused-grants.ts, but no such grant is unused`,
      ),
  ];
}
