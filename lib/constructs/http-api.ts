import { CfnOutput, Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  CorsHttpMethod,
  DomainName,
  HttpApi as Gateway,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ComparisonOperator, MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Deployment } from '../config/deployment.ts';
import type { DeploymentConfig } from '../config/deployment-config.ts';
import { ProgramLogs } from './program-logs.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

/** What our own log lines don't have: requests that the gateway answers itself. No path: it holds numbers. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    routeKey: '$context.routeKey',
    method: '$context.httpMethod',
    status: '$context.status',
    latencyMs: '$context.responseLatency',
    responseBytes: '$context.responseLength',
    gatewayError: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
  }),
);

/** Share of requests, percent, that may fail by our fault. */
const TOLERATED_ERRORS_PERCENT = 1;
/** What 95 % of requests must be faster than. */
const SLOWEST = Duration.seconds(1);
/** A request alone in five minutes meets a cold function; three such periods in a row are no accident. */
const SLOW_PERIODS = 3;

export interface HttpApiProps {
  readonly deployment: Deployment;
  /** Everything that no literal route takes: paths of the Graph (D2). */
  readonly graph: IFunction;
  /** First word of a path → function; the function gets everything below that word too. */
  readonly resources: Readonly<Record<string, IFunction>>;
  /** Exact paths without anything below them. */
  readonly leaves: Readonly<Record<string, IFunction>>;
  readonly failures: ITopic;
}

/** The gateway: literal routes to the functions of each resource, everything else to the Graph's. */
export class HttpApi extends Construct {
  readonly gateway: Gateway;
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { config } = props.deployment;
    this.gateway = new Gateway(this, 'Gateway', {
      apiName: 'Pombo',
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration('Graph', props.graph),
      ...(config.allowedOrigins.length > 0 ? { corsPreflight: corsOf(config.allowedOrigins) } : {}),
    });
    for (const [word, handler] of Object.entries(props.resources)) {
      const integration = new HttpLambdaIntegration(word, handler);
      this.gateway.addRoutes({ path: `/${word}`, methods: [HttpMethod.ANY], integration });
      this.gateway.addRoutes({ path: `/${word}/{proxy+}`, methods: [HttpMethod.ANY], integration });
    }
    for (const [leaf, handler] of Object.entries(props.leaves)) {
      const integration = new HttpLambdaIntegration(leaf, handler);
      this.gateway.addRoutes({ path: `/${leaf}`, methods: [HttpMethod.ANY], integration });
    }
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.gateway,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: config.apiRateLimit, burstLimit: config.apiBurstLimit },
      accessLogSettings: {
        destination: new LogGroupLogDestination(new ProgramLogs(this, 'AccessLogs', props.deployment)),
        format: ACCESS_LOG,
      },
    });
    this.#domain(config.domain);
    this.#alarm(props.failures);
  }

  /** A name of the customer's; whoever runs its DNS points it at the outputs. */
  #domain(domain: DeploymentConfig['domain']): void {
    if (!domain) return;
    const name = new DomainName(this, 'Domain', {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new ApiMapping(this, 'DomainMapping', { api: this.gateway, domainName: name, stage: this.stage });
    const outputs = {
      DomainUrl: `https://${domain.name}`,
      DomainTarget: name.regionalDomainName,
      DomainTargetHostedZone: name.regionalHostedZoneId,
    };
    for (const [key, value] of Object.entries(outputs)) new CfnOutput(this, key, { value }).overrideLogicalId(key);
  }

  #alarm(topic: ITopic): void {
    const period = Duration.minutes(5);
    new RunbookAlarm(this, 'Errors', {
      slug: 'api-errors',
      summary: `More than ${TOLERATED_ERRORS_PERCENT} % of API requests fail by our fault (5xx).`,
      metric: new MathExpression({
        label: 'API errors, percent',
        expression: 'IF(requests > 0, 100 * errors / requests, 0)',
        usingMetrics: {
          errors: this.stage.metricServerError({ statistic: Stats.SUM, period }),
          requests: this.stage.metricCount({ statistic: Stats.SUM, period }),
        },
        period,
      }),
      threshold: TOLERATED_ERRORS_PERCENT,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // Nobody called: nothing failed.
      treatMissingData: TreatMissingData.NOT_BREACHING,
      topic,
    });
    new RunbookAlarm(this, 'Slow', {
      slug: 'api-slow',
      summary: `One in twenty API requests takes longer than ${SLOWEST.toSeconds()} s.`,
      metric: this.stage.metricLatency({ statistic: 'p95', period }),
      threshold: SLOWEST.toMilliseconds(),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: SLOW_PERIODS,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      topic,
    });
  }
}

/** Browsers may send our three forms of a key; `*` goes without credentials, which we never use. */
function corsOf(allowOrigins: readonly string[]) {
  return {
    allowOrigins: [...allowOrigins],
    allowMethods: [CorsHttpMethod.ANY],
    allowHeaders: ['authorization', 'x-api-key', 'apikey', 'content-type', 'idempotency-key'],
    exposeHeaders: ['retry-after'],
    maxAge: Duration.hours(1),
  };
}
