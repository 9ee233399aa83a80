import { AwsError } from '../aws/json-protocol.ts';

const PREFIX = 'AWS.SimpleQueueService';

/** Codes of SQS's older query protocol; AWS still sends them in `x-amzn-query-error` and in batch results. */
export const QUERY_CODES: ReadonlyMap<string, string> = new Map([
  ['AccessDeniedException', 'AccessDenied'],
  ['InvalidParameterValueException', 'InvalidParameterValue'],
  ['MissingRequiredParameterException', 'MissingParameter'],
  ['QueueDoesNotExist', `${PREFIX}.NonExistentQueue`],
  ['QueueNameExists', 'QueueAlreadyExists'],
  ['BatchEntryIdsNotDistinct', `${PREFIX}.BatchEntryIdsNotDistinct`],
  ['BatchRequestTooLong', `${PREFIX}.BatchRequestTooLong`],
  ['EmptyBatchRequest', `${PREFIX}.EmptyBatchRequest`],
  ['InvalidBatchEntryId', `${PREFIX}.InvalidBatchEntryId`],
  ['TooManyEntriesInBatchRequest', `${PREFIX}.TooManyEntriesInBatchRequest`],
  ['MessageNotInflight', `${PREFIX}.MessageNotInflight`],
  ['PurgeQueueInProgress', `${PREFIX}.PurgeQueueInProgress`],
  ['UnsupportedOperation', `${PREFIX}.UnsupportedOperation`],
]);

/** AWS's answer to a value that it can't take, whatever the parameter. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}

/** AWS's answer to one value of one parameter. */
export function invalidValue(value: string | number, parameter: string, reason: string): AwsError {
  return invalidParameter(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

export function missingParameter(name: string): AwsError {
  return new AwsError('MissingRequiredParameterException', `The request must contain the parameter ${name}.`);
}

export function queueDoesNotExist(): AwsError {
  return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
}
