import * as z from 'zod';
import { AccountIdSchema, TemplateIdSchema } from '../../domain/ids.ts';
import { TemplateComponentSchema } from '../template-components.ts';

/** Meta's words; Pombo approves at once, and its owner may pause or disable a template. */
export const TemplateStatusSchema = z.enum(['APPROVED', 'PAUSED', 'DISABLED']);
export type TemplateStatus = z.infer<typeof TemplateStatusSchema>;

export const TemplateCategorySchema = z.enum(['AUTHENTICATION', 'MARKETING', 'UTILITY']);

/** A row of the templates table (pk `accountId`, sk `templateId`). */
export const TemplateRowSchema = z.object({
  accountId: AccountIdSchema,
  /** Of account, name and language (core/domain/template/template-id.ts). */
  templateId: TemplateIdSchema,
  name: z.string(),
  /** Meta's code of the language, `pt_BR`. */
  language: z.string(),
  category: TemplateCategorySchema,
  status: TemplateStatusSchema,
  /** Whether variables are `{{1}}` or `{{name}}`. */
  parameterFormat: z.enum(['POSITIONAL', 'NAMED']),
  components: z.array(TemplateComponentSchema),
  createdAtMs: z.number().int(),
  updatedAtMs: z.number().int(),
});
export type TemplateRow = z.infer<typeof TemplateRowSchema>;
