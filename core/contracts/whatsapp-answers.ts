import * as z from 'zod';

/** What others see of a number, as WhatsApp tells it. Absent: there is none. */
export const WhatsAppProfileSchema = z.object({
  /** The text below the name. */
  about: z.string().optional(),
  /** Of the picture; good for some days. */
  pictureUrl: z.string().optional(),
  /** Only numbers of WhatsApp Business have it. */
  business: z
    .object({
      address: z.string().optional(),
      description: z.string().optional(),
      email: z.string().optional(),
      websites: z.array(z.string()),
      /** In WhatsApp's words, such as `Restaurant`. */
      category: z.string().optional(),
    })
    .optional(),
});
export type WhatsAppProfile = z.infer<typeof WhatsAppProfileSchema>;

/** A group, as WhatsApp tells it to one of its members. */
export const WhatsAppGroupSchema = z.object({
  groupId: z.string(),
  subject: z.string(),
  description: z.string().optional(),
  createdAtMs: z.number().int().optional(),
  /** Whoever follows the invite link has to be let in. */
  approval: z.boolean(),
  /** Our own number too. Digits of phone numbers, user parts of LIDs, as far as WhatsApp tells them. */
  members: z.array(
    z.object({ phone: z.string().optional(), lid: z.string().optional(), admin: z.boolean().optional() }),
  ),
});
export type WhatsAppGroup = z.infer<typeof WhatsAppGroupSchema>;

/** A person with whom something did not work: Graph error code and a sentence. */
export const PersonFailureSchema = z.object({ phone: z.string(), code: z.number().int(), details: z.string() });
export type PersonFailure = z.infer<typeof PersonFailureSchema>;
