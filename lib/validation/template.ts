import * as z from 'zod';

/** As much of a CloudFormation template as our checks look at. */
export const TemplateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
export type Template = z.infer<typeof TemplateSchema>;
