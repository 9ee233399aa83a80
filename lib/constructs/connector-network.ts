import { isIPv4 } from 'node:net';
import { CfnOutput, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  CfnEIP,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  NatProvider,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type VpcProps,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { DeploymentConfig } from '../config/deployment-config.ts';
import type { NetworkConfig } from '../config/network-config.ts';

/** HTTPS and WhatsApp's WebSocket; the VPC's own resolver is not subject to security groups. */
const HTTPS = 443;

type Kind<K extends NetworkConfig['kind']> = Extract<NetworkConfig, { kind: K }>;

/** The network of the connector's tasks, and a group that lets nobody in. */
export class ConnectorNetwork extends Construct {
  readonly vpc: IVpc;
  readonly securityGroup: SecurityGroup;
  /** Whether a task needs an address of its own to reach anything. */
  readonly assignPublicIp: boolean;

  constructor(scope: Construct, id: string, { network, proxies }: Pick<DeploymentConfig, 'network' | 'proxies'>) {
    super(scope, id);
    this.vpc = this.#vpc(network);
    this.assignPublicIp = network.kind === 'existing' ? network.assignPublicIp : network.kind === 'public';
    this.securityGroup = new SecurityGroup(this, 'NoIngress', {
      vpc: this.vpc,
      description: 'Connector of Pombo: nobody comes in, only HTTPS goes out',
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(HTTPS), 'WhatsApp and AWS');
    for (const { host, port } of proxies) {
      // A group knows addresses and no names; what is open already needs no rule.
      const peer = isIPv4(host) ? Peer.ipv4(`${host}/32`) : Peer.anyIpv4();
      if (port !== HTTPS) this.securityGroup.addEgressRule(peer, Port.tcp(port), 'Proxies of sessions');
    }
  }

  #vpc(network: NetworkConfig): IVpc {
    switch (network.kind) {
      case 'public':
        // A NAT gateway costs several times the connector; a task with an address needs none.
        return this.#own({ natGateways: 0, subnetConfiguration: [PUBLIC] });
      case 'nat':
        return this.#own({
          natGateways: 1,
          natGatewayProvider: NatProvider.gateway({ eipAllocationIds: [this.#fixedAddress(network)] }),
          subnetConfiguration: [PUBLIC, { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS }],
        });
      case 'existing':
        return existingVpc(this, network);
    }
  }

  #own(props: VpcProps): Vpc {
    return new Vpc(this, 'Vpc', {
      ...props,
      ipAddresses: IpAddresses.cidr('10.0.0.0/24'),
      maxAzs: 2,
      // True brings a custom resource, its function and role only to empty a group that nothing is in.
      restrictDefaultSecurityGroup: false,
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
  }

  /** Allocation id of the address that WhatsApp sees. */
  #fixedAddress({ allocationId }: Kind<'nat'>): string {
    if (allocationId !== undefined) return allocationId;
    const address = new CfnEIP(this, 'Address', { domain: 'vpc' });
    // Firewalls elsewhere know it; a new one would be another number's address.
    address.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnOutput(this, 'ConnectorAddress', { value: address.ref }).overrideLogicalId('ConnectorAddress');
    return address.attrAllocationId;
  }
}

const PUBLIC = { name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false } as const;

/** By its ids and without a look-up, so that a synthesis needs no account. */
function existingVpc(scope: Construct, network: Kind<'existing'>): IVpc {
  const { vpcId, subnetIds, availabilityZones, assignPublicIp } = network;
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId,
    availabilityZones,
    ...(assignPublicIp ? { publicSubnetIds: subnetIds } : { privateSubnetIds: subnetIds }),
  });
  Validations.of(scope).acknowledge({
    id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'Routes of a network that the customer keeps are the business of the customer.',
  });
  return vpc;
}
