import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Deployment } from '../config/deployment.ts';

/** Log lines of one program: kept as long as the owner wants, gone with the stack. */
export class ProgramLogs extends LogGroup {
  constructor(scope: Construct, id: string, { config, customerKey }: Deployment) {
    super(scope, id, {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(customerKey ? { encryptionKey: customerKey } : {}),
    });
  }
}
