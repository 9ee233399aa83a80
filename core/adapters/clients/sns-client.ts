import { SNSClient } from '@aws-sdk/client-sns';
import { REQUEST_LIMITS } from './request-limits.ts';

export const makeSnsClient = (): SNSClient => new SNSClient({ requestHandler: REQUEST_LIMITS });
