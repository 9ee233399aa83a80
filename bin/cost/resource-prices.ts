/** Types that idle-bill.ts counts. */
const COUNTED: ReadonlySet<string> = new Set([
  'AWS::ECS::Service',
  'AWS::EC2::EIP',
  'AWS::EC2::NatGateway',
  'AWS::KMS::Key',
  'AWS::Lambda::EventSourceMapping',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  // By the alarms that it makes.
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::ApplicationAutoScaling::ScalingPolicy',
]);

/** Types that cost nothing while nobody uses them. */
const FREE_WHILE_IDLE: ReadonlySet<string> = new Set([
  // Billed by the request or by the gigabyte, and empty.
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::ApiGatewayV2::DomainName',
  'AWS::ApiGatewayV2::ApiMapping',
  'AWS::DynamoDB::GlobalTable',
  'AWS::Lambda::Function',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
  'AWS::SNS::Subscription',
  'AWS::SQS::Queue',
  'AWS::StepFunctions::StateMachine',
  'AWS::Events::Rule',
  // A schedule each minute is 43,800 of 14 million free calls a month.
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
  // What they log is counted with the logs.
  'AWS::Logs::LogGroup',
  // Free at all times; idle-bill.ts refuses endpoints of another kind than gateways.
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::Route',
  'AWS::EC2::RouteTable',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::Subnet',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPC',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::ECS::Cluster',
  'AWS::ECS::TaskDefinition',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Permission',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::CDK::Metadata',
]);

/** Whether nobody has said what a type of resource costs. */
export const hasNoPrice = (type: string): boolean => !COUNTED.has(type) && !FREE_WHILE_IDLE.has(type);
