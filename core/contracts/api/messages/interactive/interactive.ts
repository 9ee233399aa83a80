import * as z from 'zod';
import { InteractiveButtonSchema } from './button.ts';
import { InteractiveCtaUrlSchema } from './cta-url.ts';
import { InteractiveListSchema } from './list.ts';
import { InteractiveLocationRequestSchema } from './location-request.ts';

export const InteractiveSchema = z.discriminatedUnion('type', [
  InteractiveButtonSchema,
  InteractiveListSchema,
  InteractiveCtaUrlSchema,
  InteractiveLocationRequestSchema,
]);
export type InteractiveRequest = z.output<typeof InteractiveSchema>;

/** Meta's kinds that need what a linked device has not: a catalogue, a flow, permission to call. Refused by name (131051). */
export const UNSUPPORTED_INTERACTIVE: readonly string[] = [
  'product',
  'product_list',
  'catalog_message',
  'flow',
  'call_permission_request',
  'voice_call',
  'carousel',
  'address_message',
  'order_details',
  'order_status',
  'request_contact_info',
];
