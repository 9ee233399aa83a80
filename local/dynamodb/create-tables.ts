import { AwsError } from '../aws/json-protocol.ts';
import type { DynamoCall } from './dynamo-call.ts';
import type { DynamoService } from './dynamo-service.ts';
import { tableArn } from './permissions.ts';
import { readDescription, readTableProperties, schemaText, type TableDefinition } from './table-schema.ts';

export interface TableResource {
  /** Physical name. */
  readonly name: string;
  /** `Properties` of the AWS::DynamoDB::Table or AWS::DynamoDB::GlobalTable, with all references resolved. */
  readonly properties: unknown;
}

export interface CreatedTable {
  readonly name: string;
  readonly arn: string;
  /** For `Fn::GetAtt <table>.StreamArn`; undefined without a stream. */
  readonly streamArn: string | undefined;
}

/**
 * Makes the tables of a template. A table that exists with the same keys and indexes is kept with
 * its items; its time to live follows the template.
 * @throws Error that names the table when one exists with other keys or indexes
 * @throws ZodError when a resource has another shape
 */
export async function createTables(service: DynamoService, tables: readonly TableResource[]): Promise<CreatedTable[]> {
  return Promise.all(tables.map((table) => createTable(service, table)));
}

async function createTable(service: DynamoService, { name, properties }: TableResource): Promise<CreatedTable> {
  const definition = readTableProperties(properties);
  const description = (await describe(service.call, name)) ?? (await create(service.call, name, definition));
  const [wanted, found] = [schemaText(definition.schema), schemaText(readDescription(description))];
  if (wanted !== found) {
    throw new Error(
      `Table ${name} in the data folder differs from the template. Template: ${wanted}. Data folder: ${found}. ` +
        'Start with --reset to begin anew, or with another --data folder.',
    );
  }
  await setTimeToLive(service.call, name, definition.ttlAttribute);
  service.backups.set(name, definition.pointInTimeRecovery);
  const streamLabel = description['LatestStreamLabel'];
  const arn = tableArn(name, service.region);
  return { name, arn, streamArn: typeof streamLabel === 'string' ? `${arn}/stream/${streamLabel}` : undefined };
}

type Description = Readonly<Record<string, unknown>>;

async function describe(call: DynamoCall, name: string): Promise<Description | undefined> {
  try {
    return (await call<{ Table: Description }>('DescribeTable', { TableName: name })).Table;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function create(call: DynamoCall, name: string, definition: TableDefinition): Promise<Description> {
  const { streamViewType, schema } = definition;
  const created = await call<{ TableDescription: Description }>('CreateTable', {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    ...schema,
    ...(streamViewType && { StreamSpecification: { StreamEnabled: true, StreamViewType: streamViewType } }),
  });
  return created.TableDescription;
}

/** AWS changes the attribute only after the old one is switched off. */
async function setTimeToLive(call: DynamoCall, name: string, attribute: string | undefined): Promise<void> {
  const current = await ttlAttributeOf(call, name);
  if (current === attribute) return;
  const set = (AttributeName: string, Enabled: boolean): Promise<unknown> =>
    call('UpdateTimeToLive', { TableName: name, TimeToLiveSpecification: { AttributeName, Enabled } });
  if (current !== undefined) await set(current, false);
  if (attribute !== undefined) await set(attribute, true);
}

/** Attribute of a table's time to live; undefined when it is off. */
export async function ttlAttributeOf(call: DynamoCall, table: string): Promise<string | undefined> {
  const { TimeToLiveDescription } = await call<{
    TimeToLiveDescription: { TimeToLiveStatus: string; AttributeName?: string };
  }>('DescribeTimeToLive', { TableName: table });
  return TimeToLiveDescription.TimeToLiveStatus === 'ENABLED' ? TimeToLiveDescription.AttributeName : undefined;
}
