/**
 * List prices, USD, us-east-1, on demand, as the price pages of each service had them on 2026-11-20 (aws.amazon.com/<service>/pricing).
 * The only file with prices: everything that speaks of money takes them from here.
 */
export const PRICES_AS_OF = '2026-11-20';
export const PRICES_REGION = 'us-east-1';

export const Price = {
  /** Fargate, Linux on arm64, a vCPU-hour. */
  fargateVcpuHour: 0.03238,
  /** Fargate, Linux on arm64, a GB-hour. */
  fargateGbHour: 0.00356,
  /** A public IPv4 address in use, an hour; also an Elastic IP. */
  publicIpv4Hour: 0.005,
  natGatewayHour: 0.045,
  /** A customer managed key, a month; a rotation adds the same again, twice at most. */
  kmsKeyMonth: 1,
  /** A million requests to an HTTP API, the first 300 million a month, of up to 512 KB. */
  httpApiMillion: 1,
  /** A million requests after the free ones. */
  sqsStandardMillion: 0.4,
  sqsFifoMillion: 0.5,
  /** A million writes of up to 1 KB. */
  dynamoWriteMillion: 0.625,
  /** A million strongly consistent reads of up to 4 KB. */
  dynamoReadMillion: 0.125,
  /** A million invocations, and a GB-second on arm64. */
  lambdaMillion: 0.2,
  lambdaGbSecond: 0.0000133334,
  /** A million state transitions of a Standard machine. */
  stepTransitionMillion: 25,
  /** A million requests with a customer managed key. */
  kmsMillion: 3,
  /** A million notifications published. */
  snsMillion: 0.5,
  /** An alarm on one metric at standard resolution, a month; one on an expression counts each of its metrics. */
  alarmMetricMonth: 0.1,
  /** A custom metric, a month. */
  customMetricMonth: 0.3,
  dashboardMonth: 3,
  /** CloudWatch Logs, standard class, a GB taken in. */
  logsGbIngested: 0.5,
  /** An image in a private repository of ECR, a GB-month. */
  ecrGbMonth: 0.1,
} as const;

/** What AWS gives every account each month and does not end after a year. */
export const AlwaysFree = {
  sqsRequests: 1_000_000,
  alarmMetrics: 10,
  customMetrics: 10,
  dashboards: 3,
  logsGb: 5,
} as const;

/** As AWS's own calculator counts: 365 × 24 / 12. */
export const HOURS_A_MONTH = 730;
