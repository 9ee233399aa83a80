import { KMSClient } from '@aws-sdk/client-kms';
import { REQUEST_LIMITS } from './request-limits.ts';

export const makeKmsClient = (): KMSClient => new KMSClient({ requestHandler: REQUEST_LIMITS });
