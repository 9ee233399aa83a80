import * as z from 'zod';

const attributeDefinition = z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) });
const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const index = z.object({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.object({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
});
/** What makes up a table's schema, in the words of both CloudFormation and DescribeTable. */
const table = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: z.array(attributeDefinition),
  GlobalSecondaryIndexes: z.array(index).optional(),
  LocalSecondaryIndexes: z.array(index).optional(),
});
/** CloudFormation writes booleans as strings where a template says so. */
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const pointInTimeRecovery = z.object({ PointInTimeRecoveryEnabled: flag.optional() }).optional();

const properties = table.extend({
  StreamSpecification: z.object({ StreamViewType: z.string() }).optional(),
  TimeToLiveSpecification: z.object({ Enabled: flag, AttributeName: z.string().optional() }).optional(),
  /** AWS::DynamoDB::Table */
  PointInTimeRecoverySpecification: pointInTimeRecovery,
  /** AWS::DynamoDB::GlobalTable: per region; the first is the stack's own. */
  Replicas: z.array(z.object({ PointInTimeRecoverySpecification: pointInTimeRecovery })).optional(),
});

export type Table = z.infer<typeof table>;

export interface TableDefinition {
  readonly schema: Table;
  /** Attribute that says when an item expires, Unix seconds. */
  readonly ttlAttribute: string | undefined;
  readonly pointInTimeRecovery: boolean;
  readonly streamViewType: string | undefined;
}

/**
 * Reads the properties of an AWS::DynamoDB::Table or AWS::DynamoDB::GlobalTable with all references resolved.
 * Capacity, class, encryption and tags have no meaning here.
 * @throws ZodError when the template has another shape
 */
export function readTableProperties(input: unknown): TableDefinition {
  const read = properties.parse(input);
  const recovery = read.PointInTimeRecoverySpecification ?? read.Replicas?.[0]?.PointInTimeRecoverySpecification;
  return {
    schema: table.parse(read),
    ttlAttribute: read.TimeToLiveSpecification?.Enabled ? read.TimeToLiveSpecification.AttributeName : undefined,
    pointInTimeRecovery: recovery?.PointInTimeRecoveryEnabled ?? false,
    streamViewType: read.StreamSpecification?.StreamViewType,
  };
}

/** The schema of a DescribeTable answer. */
export function readDescription(input: unknown): Table {
  return table.parse(input);
}

/** A text that is the same for schemas that mean the same, whatever the order of their parts; readable in an error. */
export function schemaText(schema: Table): string {
  const types = new Map(schema.AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]));
  const keys = (of: Table['KeySchema']): string =>
    of.map((key) => `${key.AttributeName} ${types.get(key.AttributeName)} ${key.KeyType}`).join(', ');
  const indexes = (kind: string, of: Table['GlobalSecondaryIndexes']): string[] =>
    (of ?? []).map(({ IndexName, KeySchema, Projection }) => {
      const attributes = [...(Projection.NonKeyAttributes ?? [])].sort().join(' ');
      return `${kind} ${IndexName} (${keys(KeySchema)}; ${Projection.ProjectionType}${attributes && ` ${attributes}`})`;
    });
  return [
    `key (${keys(schema.KeySchema)})`,
    ...[
      ...indexes('index', schema.GlobalSecondaryIndexes),
      ...indexes('local index', schema.LocalSecondaryIndexes),
    ].sort(),
  ].join(', ');
}
