import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { REQUEST_LIMITS } from './request-limits.ts';

export const makeCloudWatchClient = (): CloudWatchClient => new CloudWatchClient({ requestHandler: REQUEST_LIMITS });
