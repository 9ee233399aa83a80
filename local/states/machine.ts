import type { Definition } from './definition.ts';

/** A state machine that was created. */
export interface Machine {
  readonly name: string;
  readonly arn: string;
  /** JSON text of the definition, as given. */
  readonly text: string;
  readonly definition: Definition;
  readonly definitionHash: string;
  readonly roleArn: string;
  /** Access key under which its tasks call. */
  readonly accessKeyId: string;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
}
