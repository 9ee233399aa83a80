import * as z from 'zod';

/**
 * Components of a message template in Meta's words. Bounds and Meta's other rules are checked when a template is created
 * (core/domain/template/check-template.ts): what is stored is read as it is.
 */

const NamedExampleSchema = z.object({ param_name: z.string(), example: z.string() });

const HeaderSchema = z.object({
  type: z.literal('HEADER'),
  format: z.enum(['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION']),
  text: z.string().optional(),
  example: z
    .object({
      header_text: z.array(z.string()).optional(),
      header_text_named_params: z.array(NamedExampleSchema).optional(),
      header_handle: z.array(z.string()).optional(),
    })
    .optional(),
});

const BodySchema = z.object({
  type: z.literal('BODY'),
  /** Left out only in a request for a template of the category AUTHENTICATION, whose text is ours. */
  text: z.string().optional(),
  add_security_recommendation: z.boolean().optional(),
  example: z
    .object({
      body_text: z.union([z.array(z.array(z.string())), z.array(z.string())]).optional(),
      body_text_named_params: z.array(NamedExampleSchema).optional(),
    })
    .optional(),
});

const FooterSchema = z.object({
  type: z.literal('FOOTER'),
  text: z.string().optional(),
  code_expiration_minutes: z.number().int().optional(),
});

const ExampleSchema = z.union([z.string(), z.array(z.string())]).optional();

const ButtonSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('QUICK_REPLY'), text: z.string() }),
  z.object({ type: z.literal('URL'), text: z.string(), url: z.string(), example: ExampleSchema }),
  z.object({ type: z.literal('PHONE_NUMBER'), text: z.string(), phone_number: z.string() }),
  z.object({ type: z.literal('COPY_CODE'), text: z.string().optional(), example: ExampleSchema }),
  z.object({
    type: z.literal('OTP'),
    otp_type: z.enum(['COPY_CODE', 'ONE_TAP', 'ZERO_TAP']),
    text: z.string().optional(),
  }),
]);

const ButtonsSchema = z.object({ type: z.literal('BUTTONS'), buttons: z.array(ButtonSchema) });

export const TemplateComponentSchema = z.discriminatedUnion('type', [
  HeaderSchema,
  BodySchema,
  FooterSchema,
  ButtonsSchema,
]);
export type TemplateComponent = z.infer<typeof TemplateComponentSchema>;
export type TemplateHeader = z.infer<typeof HeaderSchema>;
export type TemplateBody = z.infer<typeof BodySchema>;
export type TemplateFooter = z.infer<typeof FooterSchema>;
export type TemplateButton = z.infer<typeof ButtonSchema>;
