import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';

/** What the commands act on. */
export interface Target {
  readonly dynamo: DynamoDBDocumentClient;
  readonly accountsTable: string;
  /** Outputs of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Where AWS is, and who asks: for further clients. Empty: as the shell says. */
  readonly aws: AwsConfig;
}

/** What all clients of the SDK understand. */
export interface AwsConfig {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Output of the stack that names the accounts table. */
const OUTPUT = 'AccountsTable';

/** What a running `npm start` leaves in its data folder. */
const RunSchema = z.object({
  awsEndpoint: z.url(),
  stack: z.object({ outputs: z.record(z.string(), z.string()) }),
});

/** A mistake of the operator; its message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The Pombo that runs on this machine. @throws UsageError if none does */
export function localTarget(dataFolder: string): Target {
  const file = path.join(dataFolder, 'run.json');
  if (!existsSync(file)) {
    throw new UsageError(
      `No Pombo runs on this machine (there is no ${file}). Start it with "npm start" in another terminal, or name a deployed stack: --stack Pombo`,
    );
  }
  const run = RunSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return targetOf(run.stack.outputs, {
    endpoint: run.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' },
  });
}

/** A deployed Pombo, with the credentials and the region of the shell. @throws UsageError if there is no such stack */
export async function deployedTarget(stackName: string): Promise<Target> {
  const { Stacks } = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: stackName }));
  const outputs = (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
  return targetOf(Object.fromEntries(outputs), {});
}

function targetOf(outputs: Readonly<Record<string, string>>, aws: AwsConfig): Target {
  const accountsTable = outputs[OUTPUT];
  if (!accountsTable) throw new UsageError(`The stack has no output ${OUTPUT}. Is it a Pombo of this release?`);
  return { dynamo: DynamoDBDocumentClient.from(new DynamoDBClient(aws)), accountsTable, outputs, aws };
}
