import type { Template } from '../../lib/validation/template.ts';
import { quotaFaults } from '../../local/template/quotas.ts';
import { buildStackModel } from '../../local/template/stack-model.ts';
import { TemplateError } from '../../local/template/template-error.ts';
import { TemplateSchema } from '../../local/template/template-schema.ts';

/** Names and addresses as long as AWS makes them: CloudFormation adds thirteen characters to each name. */
const LONGEST_PLACE = {
  stackName: 'Pombo-0123456789AB',
  region: 'ap-southeast-1',
  awsEndpoint: 'https://sqs.ap-southeast-1.amazonaws.com',
  apiUrl: 'https://0123456789.execute-api.ap-southeast-1.amazonaws.com',
};

/** What AWS would refuse of this template because of a quota, as the one-machine runner refuses it, one sentence each. */
export function quotaFindings(template: Template): readonly string[] {
  try {
    return quotaFaults(buildStackModel(TemplateSchema.parse(template), LONGEST_PLACE));
  } catch (error) {
    if (error instanceof TemplateError) return [error.message];
    throw error;
  }
}
