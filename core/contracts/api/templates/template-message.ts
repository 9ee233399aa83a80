import * as z from 'zod';
import { LocationSchema } from '../messages/location.ts';

/** Clients write the types of components in both cases. */
const lowerCase = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** Meta's id of a media file, or the address of one. */
const MediaSchema = z.object({
  id: z.string().nullish(),
  link: z.string().nullish(),
  filename: z.string().nullish().meta({ description: 'Of documents' }),
});

/** Longest text of a parameter that Meta takes, characters. */
const LONGEST_PARAMETER = 32_768;

const parameterName = z.string().nullish().meta({ description: 'Of the variable, in templates with named variables' });

const ParameterSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string().max(LONGEST_PARAMETER), parameter_name: parameterName }),
  z.object({
    type: z.literal('currency'),
    currency: z.object({ fallback_value: z.string().max(LONGEST_PARAMETER) }),
    parameter_name: parameterName,
  }),
  z.object({
    type: z.literal('date_time'),
    date_time: z.object({ fallback_value: z.string().max(LONGEST_PARAMETER) }),
    parameter_name: parameterName,
  }),
  z.object({ type: z.literal('image'), image: MediaSchema }),
  z.object({ type: z.literal('video'), video: MediaSchema }),
  z.object({ type: z.literal('document'), document: MediaSchema }),
  z.object({ type: z.literal('location'), location: LocationSchema }),
  z.object({ type: z.literal('payload'), payload: z.string().max(256) }),
  z.object({ type: z.literal('coupon_code'), coupon_code: z.string() }),
]);
export type TemplateParameter = z.infer<typeof ParameterSchema>;

const ComponentSchema = z.object({
  type: z.preprocess(lowerCase, z.enum(['header', 'body', 'button'])),
  sub_type: z.preprocess(lowerCase, z.enum(['quick_reply', 'url', 'copy_code']).nullish()),
  index: z.union([z.string(), z.number()]).nullish().meta({ description: 'Of the button, from 0' }),
  parameters: z.array(ParameterSchema).max(100).nullish(),
});
export type TemplateMessageComponent = z.infer<typeof ComponentSchema>;

/** The `template` of a message. Unknown fields are tolerated, `namespace` of the on-premises API among them. */
export const TemplateMessageSchema = z
  .object({
    name: z.string().min(1).max(512),
    language: z.object({ code: z.string().min(1).meta({ example: 'pt_BR' }), policy: z.string().nullish() }),
    components: z.array(ComponentSchema).max(20).nullish(),
  })
  .meta({ id: 'TemplateMessage' });
export type TemplateMessage = z.infer<typeof TemplateMessageSchema>;
