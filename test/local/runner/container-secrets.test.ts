import { describe, expect, it } from 'vitest';
import { containerSecrets } from '../../../local/runner/container-secrets.ts';
import { buildStackModel } from '../../../local/template/stack-model.ts';
import { TemplateSchema } from '../../../local/template/template-schema.ts';

const PLACE = {
  stackName: 'Small',
  region: 'us-east-1',
  awsEndpoint: 'http://127.0.0.1:1',
  apiUrl: 'http://127.0.0.1:2',
};
const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:proxy-Ab12Cd';

const [definition] = buildStackModel(
  TemplateSchema.parse({
    Resources: {
      Task: {
        Type: 'AWS::ECS::TaskDefinition',
        Properties: {
          ContainerDefinitions: [
            {
              Name: 'c',
              Image: 'i',
              Secrets: [
                { Name: 'FIRST', ValueFrom: ARN },
                { Name: 'SECOND', ValueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/second' },
              ],
            },
          ],
        },
      },
    },
  }),
  PLACE,
).all('AWS::ECS::TaskDefinition');

const read = (...given: [Record<string, string>, Record<string, string>]) =>
  definition && containerSecrets(definition, ...given);

describe('containerSecrets', () => {
  it('takes them from the file by variable or ARN, and else from the environment', () => {
    expect(read({ [ARN]: 'a:b' }, { FIRST: 'no', SECOND: 'c:d' })).toEqual({ FIRST: 'a:b', SECOND: 'c:d' });
    expect(read({ FIRST: 'a:b', SECOND: 'e' }, { SECOND: 'c:d' })).toEqual({ FIRST: 'a:b', SECOND: 'e' });
  });

  it('names those that are missing, where they come from and what to do', () => {
    expect(() => read({ FIRST: 'a:b' }, { SECOND: '' })).toThrow(
      /^Task needs secrets[^:]*:\n {2}SECOND \(arn:aws:ssm:us-east-1:123456789012:parameter\/second\)\nWrite .*--secrets <file>/,
    );
    expect(() => read({}, {})).toThrow(/FIRST .*\n {2}SECOND /);
  });
});
