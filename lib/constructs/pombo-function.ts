import type { Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type Deployment, functionAsset } from '../config/deployment.ts';
import type { DeploymentConfig } from '../config/deployment-config.ts';
import { commonEnvironment } from './environment.ts';
import { ProgramLogs } from './program-logs.ts';

const LAMBDA_LEVEL = {
  debug: ApplicationLogLevel.DEBUG,
  info: ApplicationLogLevel.INFO,
  warn: ApplicationLogLevel.WARN,
  error: ApplicationLogLevel.ERROR,
} as const satisfies Record<DeploymentConfig['logLevel'], ApplicationLogLevel>;

export interface PomboFunctionProps {
  /** Folder under functions/ whose bundle this is. */
  readonly bundle: string;
  readonly description: string;
  readonly timeout: Duration;
  /** MiB. Lambda gives CPU by memory: 512 MiB is where a cold start stops being bound by it. @default 512 */
  readonly memorySize?: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly deployment: Deployment;
}

/** A function of ours: arm64, Node 24, one ES module with the SDK inside, a log group and a role of its own. */
export class PomboFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: PomboFunctionProps) {
    const logGroup = new ProgramLogs(scope, `${id}Logs`, props.deployment);
    // Lambda's own choice would be a managed policy that lets it write to every log of the account.
    const role = new Role(scope, `${id}ServiceRole`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      role,
      description: props.description,
      code: Code.fromAsset(functionAsset(props.deployment, props.bundle)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: LAMBDA_LEVEL[props.deployment.config.logLevel],
      // START and END lines of each call would be most of what is logged, and are billed by the byte.
      systemLogLevelV2: SystemLogLevel.WARN,
      logGroup,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        ...commonEnvironment(props.deployment),
        ...props.environment,
      },
    });
  }
}
