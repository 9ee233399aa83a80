import { SQSClient } from '@aws-sdk/client-sqs';
import { REQUEST_LIMITS } from './request-limits.ts';

/** An SQS client for sending; a poller needs one of its own, because long polls outlast these limits. */
export const makeSqsClient = (): SQSClient => new SQSClient({ requestHandler: REQUEST_LIMITS });
