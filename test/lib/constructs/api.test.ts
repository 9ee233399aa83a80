import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { LEASE_ROW_PREFIX } from '#core/contracts/rows/lease-row.ts';
import { functionNames } from '../../../bin/bundle.ts';
import { type Properties, type Synthesized, synthesized } from '../synthesized.ts';

let stack: Synthesized;

beforeAll(async () => {
  stack = await synthesized();
});

describe('Api', () => {
  it('sends what begins with a word of ours to its function and everything else to the Graph', () => {
    const routes = [...stack.ofType('AWS::ApiGatewayV2::Route').values()].map(({ RouteKey }) => String(RouteKey));
    expect(routes.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      '$default',
      'ANY /dead-letters',
      'ANY /deliveries',
      'ANY /deliveries/{proxy+}',
      'ANY /docs',
      'ANY /docs/{proxy+}',
      'ANY /health',
      'ANY /media',
      'ANY /media/{proxy+}',
      'ANY /openapi.json',
      'ANY /replays',
      'ANY /replays/{proxy+}',
      'ANY /sessions',
      'ANY /sessions/{proxy+}',
      'ANY /webhooks',
      'ANY /webhooks/{proxy+}',
    ]);
  });

  it('throttles, and logs each request without its path', () => {
    const stage = stack.only('AWS::ApiGatewayV2::Stage') as { AccessLogSettings: { Format: string } };
    expect(stage).toMatchObject({ DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 } });
    expect(stage.AccessLogSettings.Format).not.toContain('context.path');
  });

  it('answers browsers of the configured origins only', async () => {
    expect(stack.only('AWS::ApiGatewayV2::Api')).not.toHaveProperty('CorsConfiguration');
    const open = await synthesized({ allowedOrigins: ['https://desk.example.com'] });
    const [api] = open.ofType('AWS::ApiGatewayV2::Api').values();
    expect(api).toMatchObject({ CorsConfiguration: { AllowOrigins: ['https://desk.example.com'] } });
  });

  it('lets a new session wake its owner by a mark on leases and on no other row', () => {
    const policy = stack.only('AWS::IAM::Policy', 'ApiSessionsServiceRole');
    const { Statement } = policy['PolicyDocument'] as { Statement: { Condition?: unknown }[] };
    const ofRows = Statement.filter(({ Condition }) => JSON.stringify(Condition)?.includes('LeadingKeys'));
    expect(ofRows).toMatchObject([
      // Wrong keys are counted by every function that asks for one.
      { Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['login#*'] } } },
      { Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${LEASE_ROW_PREFIX}*`] } } },
    ]);
  });

  it('runs functions on arm64 and Node 24, with a log group and a role of their own', () => {
    const functions = [...stack.ofType('AWS::Lambda::Function').values()];
    expect(functions).toHaveLength(functionNames(process.cwd()).length);
    for (const one of functions)
      expect(one).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
    const own = (pick: (properties: Properties) => unknown): number =>
      new Set(functions.map((one) => JSON.stringify(pick(one)))).size;
    expect(own(({ Role }) => Role)).toBe(functions.length);
    expect(own(({ LoggingConfig }) => (LoggingConfig as { LogGroup: unknown }).LogGroup)).toBe(functions.length);
  });
});
