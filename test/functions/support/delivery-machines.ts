import { synthesized } from '../../lib/synthesized.ts';

const PLACE = 'us-east-1:000000000000';
export const functionArn = (logicalId: string): string => `arn:aws:lambda:${PLACE}:function:${logicalId}`;
export const DEAD_QUEUE = 'dead-deliveries';

export interface MachineText {
  readonly arn: string;
  readonly definition: string;
}

/** The definitions of the delivery machines as the template has them, with names in the place of references. */
export async function deliveryMachines(): Promise<Readonly<Record<'retry' | 'recovery', MachineText>>> {
  const stack = await synthesized();
  const textOf = (prefix: string): MachineText => {
    const { DefinitionString } = stack.only('AWS::StepFunctions::StateMachine', prefix) as {
      DefinitionString: { 'Fn::Join': [string, (string | Reference)[]] };
    };
    const definition = DefinitionString['Fn::Join'][1].map(resolved).join('');
    return { arn: `arn:aws:states:${PLACE}:stateMachine:${prefix}`, definition };
  };
  return { retry: textOf('WebhookDeliveryWebhookRetry'), recovery: textOf('WebhookDeliveryEndpointRecovery') };
}

interface Reference {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [string, string];
}

function resolved(part: string | Reference): string {
  if (typeof part === 'string') return part;
  const [id] = part['Fn::GetAtt'] ?? [];
  if (id !== undefined) return functionArn(id.replace(/[0-9A-F]{8}$/, ''));
  return part.Ref === 'AWS::Partition' ? 'aws' : DEAD_QUEUE;
}
