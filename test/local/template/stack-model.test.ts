import { describe, expect, it } from 'vitest';
import type { Place } from '../../../local/template/physical-names.ts';
import { buildStackModel } from '../../../local/template/stack-model.ts';
import { TemplateSchema } from '../../../local/template/template-schema.ts';

const place: Place = {
  stackName: 'Pombo',
  region: 'us-east-1',
  awsEndpoint: 'http://127.0.0.1:4000',
  apiUrl: 'http://127.0.0.1:4700',
};
const model = (Resources: object, rest: object = {}) =>
  buildStackModel(TemplateSchema.parse({ Resources, ...rest }), place);

describe('buildStackModel', () => {
  it('derives names from logical ids and resolves references between resources', () => {
    const stack = model({
      Dead: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          FifoQueue: true,
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 },
        },
      },
    });
    const [, queue] = stack.all('AWS::SQS::Queue');
    expect(queue).toMatchObject({
      ref: 'http://127.0.0.1:4000/000000000000/Pombo-Queue.fifo',
      arn: 'arn:aws:sqs:us-east-1:000000000000:Pombo-Queue.fifo',
      properties: { RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:Pombo-Dead.fifo' } },
    });
    expect(stack.find('AWS::SQS::Queue', queue?.arn ?? '')).toBe(queue);
  });

  it("writes the runner's address where the template makes the one of API Gateway", () => {
    const stack = model(
      { Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } } },
      {
        Outputs: {
          Url: { Value: { 'Fn::Sub': `https://\${Api}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/` } },
          Endpoint: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } },
        },
      },
    );
    expect(stack.outputs).toEqual({ Url: 'http://127.0.0.1:4700/', Endpoint: 'http://127.0.0.1:4700' });
  });

  it('leaves out a resource whose condition is false', () => {
    const stack = model(
      { Topic: { Type: 'AWS::SNS::Topic', Condition: 'HasTopic' } },
      {
        Parameters: { Email: { Type: 'String', Default: '' } },
        Conditions: { HasTopic: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Email' }, ''] }] } },
      },
    );
    expect(stack.all('AWS::SNS::Topic')).toEqual([]);
  });

  it('counts the types that it has nothing to run for', () => {
    const stack = model({ A: { Type: 'AWS::EC2::Subnet' }, B: { Type: 'AWS::EC2::Subnet' } });
    expect(stack.skipped).toEqual(new Map([['AWS::EC2::Subnet', 2]]));
  });

  it.each([
    [{ Cache: { Type: 'AWS::ElastiCache::CacheCluster' } }, 'Cache is of type AWS::ElastiCache::CacheCluster, which'],
    [
      { Q: { Type: 'AWS::SNS::Subscription', Properties: { Protocol: 'sqs', TopicArn: { Ref: 'Gone' } } } },
      'Gone is referred to',
    ],
    [
      { Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } } },
      "Api (AWS::ApiGatewayV2::Api) can't run",
    ],
  ])('refuses %j with a sentence', (resources, sentence) => {
    expect(() => model(resources)).toThrow(sentence);
  });
});
