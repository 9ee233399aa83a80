import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Secret as ContainerSecret } from 'aws-cdk-lib/aws-ecs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { credentialsVariable, type ProxyConfig } from '../config/proxy-config.ts';

/** Credentials of the proxies by variable: ECS reads them when a task starts, so no template and no program of ours does. */
export function proxyCredentials(
  scope: Construct,
  proxies: readonly ProxyConfig[],
): Readonly<Record<string, ContainerSecret>> {
  return Object.fromEntries(
    proxies.flatMap(({ name, secretArn }) =>
      secretArn === undefined
        ? []
        : [[credentialsVariable(name), secretOf(scope, `ProxyCredentials-${name}`, secretArn)]],
    ),
  );
}

function secretOf(scope: Construct, id: string, arn: string): ContainerSecret {
  if (arn.includes(':secretsmanager:'))
    return ContainerSecret.fromSecretsManager(Secret.fromSecretCompleteArn(scope, id, arn));
  const { resourceName = '' } = Stack.of(scope).splitArn(arn, ArnFormat.SLASH_RESOURCE_NAME);
  return ContainerSecret.fromSsmParameter(
    StringParameter.fromSecureStringParameterAttributes(scope, id, { parameterName: `/${resourceName}` }),
  );
}
