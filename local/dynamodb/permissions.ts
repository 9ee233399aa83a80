/** One IAM permission that a call needs. */
export interface Permission {
  /** IAM action, such as `dynamodb:PutItem`. */
  readonly action: string;
  /** Table name; undefined for actions on no table (`ListTables`). */
  readonly table: string | undefined;
  /** Index that Query and Scan read. */
  readonly index: string | undefined;
}

type Input = Readonly<Record<string, unknown>>;

const TRANSACT_ITEM_ACTIONS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

/**
 * The permissions that IAM would ask for, without duplicates. A transaction needs those of its single
 * actions, a batch one of its own per table.
 */
export function permissionsOf(action: string, input: Input): Permission[] {
  switch (action) {
    case 'TransactWriteItems':
    case 'TransactGetItems':
      return unique(transactPermissions(input));
    case 'BatchGetItem':
    case 'BatchWriteItem':
      return Object.keys(asRecord(input['RequestItems'])).map((table) => permission(action, table));
    default:
      return [permission(action, input['TableName'], input['IndexName'])];
  }
}

/** ARN that IAM checks: of the index when one is read, `*` for actions on no table. */
export function resourceOf({ table, index }: Permission, region: string): string {
  if (table === undefined) return '*';
  return `${tableArn(table, region)}${index === undefined ? '' : `/index/${index}`}`;
}

export function tableArn(table: string, region: string): string {
  return `arn:aws:dynamodb:${region}:000000000000:table/${table}`;
}

function transactPermissions(input: Input): Permission[] {
  const items = Array.isArray(input['TransactItems']) ? (input['TransactItems'] as unknown[]) : [];
  return items.flatMap((item) =>
    Object.entries(asRecord(item)).map(([kind, part]) =>
      permission(TRANSACT_ITEM_ACTIONS[kind] ?? kind, asRecord(part)['TableName']),
    ),
  );
}

function unique(permissions: readonly Permission[]): Permission[] {
  return [...new Map(permissions.map((one) => [`${one.action} ${one.table}`, one])).values()];
}

function permission(action: string, table: unknown, index?: unknown): Permission {
  return { action: `dynamodb:${action}`, table: nameOf(table), index: typeof index === 'string' ? index : undefined };
}

/** Tables may be named by ARN: `arn:aws:dynamodb:<region>:<account>:table/<name>`. */
function nameOf(table: unknown): string | undefined {
  return typeof table === 'string' ? table.slice(table.indexOf('/') + 1) : undefined;
}

function asRecord(value: unknown): Input {
  return typeof value === 'object' && value !== null ? (value as Input) : {};
}
