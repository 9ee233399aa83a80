import type { AwsRequest } from '../../local/aws/authorize.ts';
import { AwsError } from '../../local/aws/json-protocol.ts';

/** A call of DynamoDB or SQS that came in. */
export interface Access {
  readonly accessKeyId: string;
  readonly action: string;
  /** Name of the table or queue, `*` for none. */
  readonly target: string;
  /** Wall time of the test, milliseconds. */
  readonly atMs: number;
  readonly refused: boolean;
}

/** Sees every call of DynamoDB and SQS, and answers some with an outage. */
export class AccessLog {
  readonly accesses: Access[] = [];
  /** Which calls meet an outage. */
  outage: (access: Omit<Access, 'refused'>) => boolean = () => false;

  readonly authorize = ({ accessKeyId, action, resource }: AwsRequest): void => {
    const target = resource.split(/[:/]/).at(-1) ?? '';
    const access = { accessKeyId, action, target, atMs: Date.now() };
    const refused = this.outage(access);
    this.accesses.push({ ...access, refused });
    if (refused) throw new AwsError('InternalServerError', 'A planted outage.', 500);
  };
}
