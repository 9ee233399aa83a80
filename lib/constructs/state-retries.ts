import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';

/** Not among the errors that the CDK retries by itself; a new account runs ten functions at once. */
const THROTTLED = 'Lambda.TooManyRequestsException';
/** For about a day: 1, 2, 4 … 60 s, each somewhere below, so that those who wait do not come together. */
export const THROTTLED_RETRY: RetryProps = {
  errors: [THROTTLED],
  interval: Duration.seconds(1),
  backoffRate: 2,
  maxDelay: Duration.seconds(60),
  maxAttempts: 2880,
  jitterStrategy: JitterType.FULL,
};
/** Anything else is a fault of ours or of AWS: 5, 10, 20 s … a quarter of an hour, for about two days. */
export const FAULT_RETRY: RetryProps = {
  errors: ['States.ALL'],
  interval: Duration.seconds(5),
  backoffRate: 2,
  maxDelay: Duration.minutes(15),
  maxAttempts: 200,
  jitterStrategy: JitterType.FULL,
};
/** What a function throws to say what comes next is caught, and never retried as it is. */
export const caughtOnly = (...errors: string[]): RetryProps => ({ errors, maxAttempts: 0 });

/** The JSON that a function of ours throws as its error's message. */
export const THROWN = '$parse($parse($states.errorOutput.Cause).errorMessage)';
