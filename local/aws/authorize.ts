/** What a caller wants to do, in the words of an IAM policy. */
export interface AwsRequest {
  /** Access key id of the caller; the runner gives every role of the template its own. Empty without a signature. */
  readonly accessKeyId: string;
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  /** ARN that the action names; `*` for actions on no resource. */
  readonly resource: string;
  /** Condition keys that only this service knows, with their values. */
  readonly context?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of a request to KMS. */
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
}

/**
 * Asked before each action of an emulated service.
 * @throws AwsError when the caller's role does not allow it, with the code that this service has for it: the action's
 *   prefix says which service that is
 */
export type Authorize = (request: AwsRequest) => void;
