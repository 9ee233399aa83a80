import * as z from 'zod';

/** CloudFormation takes numbers and booleans as text too (parameters are always text). */
const number = z.coerce.number();
const boolean = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const environment = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

/** Read by the emulator that makes the resource, which refuses what it does not have. */
const readByEmulator = z.looseObject({});

/** Read by local/iam, which refuses what it can't evaluate. */
const policyDocument = z.unknown();
const noUsers = z.never({ error: 'only roles have policies on one machine' }).optional();

const container = z.object({
  Name: z.string(),
  Image: z.string(),
  Command: z.array(z.string()).optional(),
  EntryPoint: z.array(z.string()).optional(),
  WorkingDirectory: z.string().optional(),
  Environment: z.array(z.object({ Name: z.string(), Value: z.coerce.string() })).default([]),
  Secrets: z.array(z.object({ Name: z.string(), ValueFrom: z.string() })).default([]),
  HealthCheck: z
    .object({
      Command: z.array(z.string()).min(2),
      Interval: number.default(30),
      Timeout: number.default(5),
      Retries: number.default(3),
      StartPeriod: number.default(0),
    })
    .optional(),
  StopTimeout: number.default(30),
  RestartPolicy: z
    .object({
      Enabled: boolean,
      IgnoredExitCodes: z.array(number).default([]),
      RestartAttemptPeriod: number.default(60),
    })
    .optional(),
  LogConfiguration: z
    .object({ LogDriver: z.string(), Options: z.record(z.string(), z.string()).default({}) })
    .optional(),
});

/** Properties of each resource type that the runner runs; the defaults are CloudFormation's own. */
export const RESOURCE_SCHEMAS = {
  'AWS::DynamoDB::GlobalTable': readByEmulator,
  'AWS::DynamoDB::Table': readByEmulator,
  'AWS::S3::Bucket': readByEmulator,
  'AWS::SQS::Queue': readByEmulator,
  'AWS::SNS::Topic': z.object({ DisplayName: z.string().optional(), KmsMasterKeyId: z.string().optional() }),
  'AWS::SNS::Subscription': z.object({
    TopicArn: z.string(),
    Protocol: z.enum(['sqs', 'lambda', 'http', 'https', 'email', 'email-json']),
    Endpoint: z.string(),
    RawMessageDelivery: boolean.optional(),
    FilterPolicy: z.unknown().optional(),
    FilterPolicyScope: z.string().optional(),
  }),
  'AWS::KMS::Key': z.looseObject({ KeyPolicy: policyDocument.optional() }),
  'AWS::KMS::Alias': z.object({ AliasName: z.string(), TargetKeyId: z.string() }),
  'AWS::IAM::Role': z.object({
    AssumeRolePolicyDocument: policyDocument,
    ManagedPolicyArns: z.array(z.string()).default([]),
    Policies: z.array(z.object({ PolicyDocument: policyDocument })).default([]),
    PermissionsBoundary: z.never({ error: 'permissions boundaries are not evaluated on one machine' }).optional(),
  }),
  'AWS::IAM::Policy': z.object({
    PolicyDocument: policyDocument,
    Roles: z.array(z.string()).default([]),
    Users: noUsers,
    Groups: noUsers,
  }),
  'AWS::IAM::ManagedPolicy': z.object({
    PolicyDocument: policyDocument,
    Roles: z.array(z.string()).default([]),
    Users: noUsers,
    Groups: noUsers,
  }),
  'AWS::Lambda::Permission': z.object({
    Action: z.string(),
    FunctionName: z.string(),
    Principal: z.string(),
    SourceArn: z.string().optional(),
    SourceAccount: z.coerce.string().optional(),
  }),
  'AWS::SQS::QueuePolicy': z.object({ Queues: z.array(z.string()), PolicyDocument: policyDocument }),
  'AWS::SNS::TopicPolicy': z.object({ Topics: z.array(z.string()), PolicyDocument: policyDocument }),
  'AWS::S3::BucketPolicy': z.object({ Bucket: z.string(), PolicyDocument: policyDocument }),
  'AWS::Lambda::Function': z.object({
    Code: z.object({ S3Key: z.string() }),
    Handler: z.string(),
    Runtime: z.string(),
    Role: z.string(),
    MemorySize: number.default(128),
    Timeout: number.default(3),
    Environment: z.object({ Variables: environment.default({}) }).optional(),
    ReservedConcurrentExecutions: number.optional(),
    DeadLetterConfig: z.object({ TargetArn: z.string() }).optional(),
    LoggingConfig: z.object({ LogGroup: z.string().optional() }).optional(),
  }),
  'AWS::Lambda::EventInvokeConfig': z.object({
    FunctionName: z.string(),
    MaximumRetryAttempts: number.default(2),
    MaximumEventAgeInSeconds: number.default(21_600),
    DestinationConfig: z
      .object({
        OnFailure: z.object({ Destination: z.string() }).optional(),
        OnSuccess: z.object({ Destination: z.string() }).optional(),
      })
      .optional(),
  }),
  'AWS::Lambda::EventSourceMapping': z.object({
    EventSourceArn: z.string(),
    FunctionName: z.string(),
    Enabled: boolean.default(true),
    BatchSize: number.default(10),
    MaximumBatchingWindowInSeconds: number.default(0),
    FunctionResponseTypes: z.array(z.string()).default([]),
    ScalingConfig: z.object({ MaximumConcurrency: number.optional() }).optional(),
    FilterCriteria: z.never({ error: 'event filters are not run on one machine' }).optional(),
  }),
  'AWS::StepFunctions::StateMachine': z.looseObject({
    DefinitionString: z.string(),
    RoleArn: z.string(),
    StateMachineType: z.enum(['STANDARD', 'EXPRESS']).default('STANDARD'),
  }),
  'AWS::Scheduler::Schedule': readByEmulator,
  'AWS::Events::Rule': readByEmulator,
  'AWS::ApiGatewayV2::Api': z.object({
    ProtocolType: z.literal('HTTP'),
    CorsConfiguration: z
      .object({
        AllowOrigins: z.array(z.string()).default([]),
        AllowMethods: z.array(z.string()).default([]),
        AllowHeaders: z.array(z.string()).default([]),
        ExposeHeaders: z.array(z.string()).default([]),
        MaxAge: number.optional(),
        AllowCredentials: boolean.optional(),
      })
      .optional(),
  }),
  'AWS::ApiGatewayV2::Integration': z.object({
    ApiId: z.string(),
    IntegrationType: z.literal('AWS_PROXY'),
    IntegrationUri: z.string(),
    PayloadFormatVersion: z.literal('2.0'),
    TimeoutInMillis: number.default(30_000),
  }),
  'AWS::ApiGatewayV2::Route': z.object({
    ApiId: z.string(),
    RouteKey: z.string(),
    Target: z.string(),
    AuthorizationType: z.literal('NONE').default('NONE'),
  }),
  'AWS::ApiGatewayV2::Stage': z.object({
    ApiId: z.string(),
    StageName: z.literal('$default'),
    DefaultRouteSettings: z
      .object({ ThrottlingRateLimit: number.optional(), ThrottlingBurstLimit: number.optional() })
      .optional(),
    RouteSettings: z.never({ error: 'limits of single routes are not run on one machine' }).optional(),
  }),
  'AWS::CloudWatch::Alarm': z.looseObject({
    AlarmActions: z.array(z.string()).default([]),
    OKActions: z.array(z.string()).default([]),
  }),
  'AWS::ECS::TaskDefinition': z.object({
    Cpu: number.optional(),
    Memory: number.optional(),
    TaskRoleArn: z.string().optional(),
    ExecutionRoleArn: z.string().optional(),
    ContainerDefinitions: z.array(container).length(1, 'one container a task is what the runner runs'),
  }),
  'AWS::ECS::Service': z.object({
    Cluster: z.string().default('default'),
    TaskDefinition: z.string(),
    /** Left out where scaling decides. */
    DesiredCount: number.optional(),
    DeploymentConfiguration: z
      .object({
        MinimumHealthyPercent: number.default(100),
        MaximumPercent: number.default(200),
        DeploymentCircuitBreaker: z.object({ Enable: boolean, Rollback: boolean }).optional(),
      })
      .optional(),
  }),
  'AWS::ApplicationAutoScaling::ScalableTarget': z.object({
    ServiceNamespace: z.literal('ecs'),
    ScalableDimension: z.literal('ecs:service:DesiredCount'),
    /** `service/<cluster>/<service>` */
    ResourceId: z.string(),
    MinCapacity: number,
    MaxCapacity: number,
    ScheduledActions: z.never({ error: 'scheduled scaling is not run on one machine' }).optional(),
  }),
  'AWS::ApplicationAutoScaling::ScalingPolicy': z.object({
    PolicyType: z.literal('TargetTrackingScaling', { error: 'target tracking is what the runner does' }),
    ScalingTargetId: z.string(),
    TargetTrackingScalingPolicyConfiguration: z.object({
      PredefinedMetricSpecification: z.object({
        PredefinedMetricType: z.enum(['ECSServiceAverageCPUUtilization', 'ECSServiceAverageMemoryUtilization']),
      }),
      TargetValue: number,
      ScaleOutCooldown: number.default(300),
      ScaleInCooldown: number.default(300),
      DisableScaleIn: boolean.default(false),
    }),
  }),
} as const;

/** Types that the runner knows and has nothing to run for: what they stand for does not exist on one machine. */
export const NOTHING_TO_RUN: ReadonlySet<string> = new Set([
  // Network: everything is on 127.0.0.1.
  'AWS::EC2::VPC',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::Subnet',
  'AWS::EC2::Route',
  'AWS::EC2::RouteTable',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::FlowLog',
  'AWS::EC2::EIP',
  'AWS::EC2::NatGateway',
  // Names of the API in the world's DNS.
  'AWS::ApiGatewayV2::DomainName',
  'AWS::ApiGatewayV2::ApiMapping',
  // Empties the rules of the VPC's own security group.
  'Custom::VpcRestrictDefaultSG',
  // Logs go to the terminal; dashboards have nobody who looks at them.
  'AWS::Logs::LogGroup',
  'AWS::CloudWatch::Dashboard',
  'AWS::ECS::Cluster',
  'AWS::CDK::Metadata',
]);
