import * as z from 'zod';

export const TextContentSchema = z.object({ type: z.literal('text'), text: z.object({ body: z.string() }) });
export type TextContent = z.infer<typeof TextContentSchema>;
