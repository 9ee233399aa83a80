import * as z from 'zod';
import { TemplateCategorySchema, TemplateStatusSchema } from '../../rows/template-row.ts';
import { TemplateComponentSchema } from '../../template-components.ts';
import { PageQuery, PagingSchema } from '../paging.ts';

/** Meta's examples have the words of components in both cases. */
const WORDS = ['type', 'format', 'otp_type'] as const;

function inUpperCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inUpperCase);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    if (key === 'buttons') return [key, inUpperCase(inner)] as const;
    const isWord = (WORDS as readonly string[]).includes(key) && typeof inner === 'string';
    return [key, isWord ? inner.toUpperCase() : inner] as const;
  });
  return Object.fromEntries(entries);
}

const upperCase = (value: unknown): unknown => (typeof value === 'string' ? value.toUpperCase() : value);

/** Longest name of a template, and most components and buttons of one (Meta). */
const LONGEST_NAME = 512;
const MOST_COMPONENTS = 4;

const components = z.preprocess(inUpperCase, z.array(TemplateComponentSchema).min(1).max(MOST_COMPONENTS));
const category = z.preprocess(upperCase, TemplateCategorySchema);

/** Body of `POST /{account}/message_templates`. Fields of Meta that mean nothing here are tolerated. */
export const CreateTemplateRequestSchema = z
  .object({
    name: z
      .string()
      .max(LONGEST_NAME)
      .regex(/^[a-z0-9_]+$/, 'must have lower-case letters, digits and underscores only')
      .meta({ example: 'order_shipped' }),
    language: z
      .string()
      .regex(/^[a-z]{2,3}(_[A-Z]{2,3})?$/, 'must be a code such as pt_BR or en')
      .meta({ example: 'pt_BR' }),
    category,
    parameter_format: z
      .preprocess(upperCase, z.enum(['POSITIONAL', 'NAMED']).nullish())
      .meta({ description: 'POSITIONAL if left out: variables are {{1}}, {{2}}; NAMED: {{name}}' }),
    components,
  })
  .meta({ id: 'CreateTemplateRequest' });
export type CreateTemplateRequest = z.output<typeof CreateTemplateRequestSchema>;

/** Body of `POST /{template}`. */
export const ChangeTemplateRequestSchema = z
  .object({
    category: category.optional(),
    components: components.optional(),
    status: z.preprocess(upperCase, TemplateStatusSchema).optional().meta({
      description: 'Extension: PAUSED and DISABLED templates are refused in messages (132015, 132016)',
    }),
  })
  .meta({ id: 'ChangeTemplateRequest' });

const ids = z.string().optional();

/** Query of `GET /{account}/message_templates`. */
export const TemplatesQuerySchema = z.object({
  name: z.string().optional().meta({ description: 'A part of the name' }),
  name_or_content: z.string().optional().meta({ description: 'A part of the name or of a text' }),
  content: z.string().optional().meta({ description: 'A part of a text' }),
  language: z.string().optional(),
  category: category.optional(),
  status: z
    .string()
    .transform((value) => value.toUpperCase())
    .optional(),
  fields: z.string().optional().meta({ description: 'All if left out', example: 'name,status,components' }),
  ...PageQuery,
  before: PageQuery.after.meta({ description: 'paging.cursors.before of the page behind this one' }),
});

/** Query of `DELETE /{account}/message_templates`. */
export const DeleteTemplateQuerySchema = z.object({
  name: z.string().min(1).meta({ description: 'All languages of it, without hsm_id' }),
  hsm_id: ids.meta({ description: 'Id of the one language that goes' }),
});

const Id = z.string().meta({ example: '1234567890123456789' });

export const TemplateSchema = z
  .object({
    id: Id,
    name: z.string(),
    language: z.string(),
    category: TemplateCategorySchema,
    status: TemplateStatusSchema,
    parameter_format: z.enum(['POSITIONAL', 'NAMED']),
    components: z.array(TemplateComponentSchema),
  })
  .partial()
  .required({ id: true })
  .meta({ id: 'Template' });
export type TemplateResource = z.infer<typeof TemplateSchema>;

export const CreatedTemplateSchema = z
  .object({ id: Id, status: TemplateStatusSchema, category: TemplateCategorySchema })
  .meta({ id: 'CreatedTemplate' });

export const TemplateListSchema = z
  .object({ data: z.array(TemplateSchema), paging: PagingSchema })
  .meta({ id: 'TemplateList' });
