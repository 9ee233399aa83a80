/** What a call was billed for, as DynamoDB counts it: by size, by item, twice in a transaction, by half where a read is eventual. */
export interface ConsumedUnits {
  readonly accessKeyId: string;
  /** Such as `PutItem`. */
  readonly action: string;
  readonly table: string;
  readonly kind: 'read' | 'write';
  readonly units: number;
}

export type OnConsumed = (consumed: ConsumedUnits) => void;

type Capacity = Readonly<{ TableName: string; CapacityUnits: number }>;

const READS = /^(Get|BatchGet|TransactGet)|^Query$|^Scan$/;
/** A refused condition is billed as its write would be; the answer does not say for how much, and our rows are below 1 KB. */
const REFUSED_UNITS = 1;

/** The request with the wish to be told what it was billed for. */
export const askingForUnits = (input: Readonly<Record<string, unknown>>): Buffer =>
  Buffer.from(JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' }));

/** Reads from an answer what was billed, table by table. */
export function consumedIn(
  call: Pick<ConsumedUnits, 'accessKeyId' | 'action'> & { readonly input: Readonly<Record<string, unknown>> },
  answer: { readonly status: number; readonly text: string },
): readonly ConsumedUnits[] {
  const { accessKeyId, action, input } = call;
  const kind = READS.test(action) ? 'read' : 'write';
  const body = JSON.parse(answer.text) as { ConsumedCapacity?: Capacity | Capacity[]; __type?: string };
  if (answer.status !== 200) {
    const isRefused = (body.__type ?? '').endsWith('ConditionalCheckFailedException');
    const table = typeof input['TableName'] === 'string' ? input['TableName'] : '';
    return isRefused ? [{ accessKeyId, action, table, kind, units: REFUSED_UNITS }] : [];
  }
  return [body.ConsumedCapacity ?? []]
    .flat()
    .map(({ TableName, CapacityUnits }) => ({ accessKeyId, action, table: TableName, kind, units: CapacityUnits }));
}
