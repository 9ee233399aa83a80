import * as z from 'zod';

const ButtonReplySchema = z.object({
  type: z.literal('button_reply'),
  button_reply: z.object({ id: z.string(), title: z.string() }),
});
const ListReplySchema = z.object({
  type: z.literal('list_reply'),
  list_reply: z.object({ id: z.string(), title: z.string(), description: z.string().optional() }),
});
/** Answer of a native flow: `response_json` as the person's phone wrote it. */
const FlowReplySchema = z.object({
  type: z.literal('nfm_reply'),
  nfm_reply: z.object({ name: z.string(), body: z.string().optional(), response_json: z.string() }),
});

/** An answer to buttons, a list or a flow. */
export const InteractiveContentSchema = z.object({
  type: z.literal('interactive'),
  interactive: z.discriminatedUnion('type', [ButtonReplySchema, ListReplySchema, FlowReplySchema]),
});
export type InteractiveContent = z.infer<typeof InteractiveContentSchema>;
