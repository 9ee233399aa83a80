import { SFNClient } from '@aws-sdk/client-sfn';
import { REQUEST_LIMITS } from './request-limits.ts';

export const makeStepFunctionsClient = (): SFNClient => new SFNClient({ requestHandler: REQUEST_LIMITS });
