import * as z from 'zod';

/** EC2's ids end in 8 hex digits, newer ones in 17. */
const resourceId = (kind: string): RegExp => new RegExp(`^${kind}-([0-9a-f]{8}|[0-9a-f]{17})$`);

/** One network for the connector, of three kinds. */
export const NetworkSchema = z.discriminatedUnion('kind', [
  /** A VPC of its own with public subnets: no NAT gateway, the address changes with each task. */
  z.strictObject({ kind: z.literal('public') }),
  /** A VPC of its own with private subnets behind one NAT gateway, so that WhatsApp always sees the same address. */
  z.strictObject({
    kind: z.literal('nat'),
    /** An Elastic IP that you have; left out, the stack makes one and keeps it when it is deleted. */
    allocationId: z.string().regex(resourceId('eipalloc')).optional(),
  }),
  /** Subnets that you have. They need a way to WhatsApp, DynamoDB, SQS, CloudWatch Logs and ECR. */
  z
    .strictObject({
      kind: z.literal('existing'),
      vpcId: z.string().regex(resourceId('vpc')),
      subnetIds: z.array(z.string().regex(resourceId('subnet'))).min(1),
      /** One per subnet, in the same order. */
      availabilityZones: z.array(z.string().min(1)).min(1),
      /** True for public subnets, which reach nothing without an address of the task's own. */
      assignPublicIp: z.boolean().default(false),
    })
    .refine(({ subnetIds, availabilityZones }) => subnetIds.length === availabilityZones.length, {
      path: ['availabilityZones'],
      error: 'one per subnet, in the same order',
    }),
]);
export type NetworkConfig = Readonly<z.output<typeof NetworkSchema>>;
