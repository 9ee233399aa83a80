/** What a caller wants to do, in the words of an IAM policy. */
export interface AwsRequest {
  /** Access key id of the caller; the runner gives every role of the template its own. */
  readonly accessKeyId: string;
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  /** ARN that the action names. */
  readonly resource: string;
}

/** Asked before each action of an emulated service. @throws AwsError AccessDenied when the caller's role does not allow it */
export type Authorize = (request: AwsRequest) => void;
