import * as z from 'zod';
import { someTextOf, textOf } from '../messages/characters.ts';
import { PageQuery, PagingSchema } from '../paging.ts';
import { FailedUsersSchema, UsersSchema } from './block-users.ts';

/** Meta's limits of a group's texts, characters, and of the people of one request. */
const LONGEST_SUBJECT = 128;
const LONGEST_DESCRIPTION = 2048;
const MOST_PARTICIPANTS = 8;

/** Query of `GET /{phone_number_id}/groups`. */
export const GroupsQuerySchema = z.object({
  ...PageQuery,
  before: PageQuery.after.meta({ description: 'paging.cursors.before of the page behind this one' }),
});

export const GroupListSchema = z
  .object({
    data: z.object({
      groups: z.array(
        z.object({
          id: z
            .string()
            .meta({ description: '`to` of messages with recipient_type group', example: '120363041234567890' }),
          subject: z.string(),
          created_at: z.string().optional().meta({ description: 'Seconds since the epoch' }),
        }),
      ),
    }),
    paging: PagingSchema,
  })
  .meta({ id: 'GroupList' });
export type GroupList = z.infer<typeof GroupListSchema>;

/** Query of everything below a group. */
export const GroupQuerySchema = z.object({
  phone_number_id: z.string().optional().meta({
    description: 'Extension: the number that is in the group. May be left out in an account of one number',
  }),
});

const subject = someTextOf(LONGEST_SUBJECT);
const description = textOf(LONGEST_DESCRIPTION).nullish();
const product = z.literal('whatsapp');

export const CreateGroupRequestSchema = z
  .object({
    messaging_product: product,
    subject: subject.meta({ description: 'WhatsApp itself takes at most 100 characters' }),
    description,
    join_approval_mode: z
      .literal('auto_approve', 'must be auto_approve; who has to be let in is set on the phone')
      .nullish(),
  })
  .meta({ id: 'CreateGroupRequest' });

export const CreatedGroupSchema = z
  .object({
    messaging_product: product,
    request_id: z.string().meta({ description: 'The id of the group, which is there already' }),
    id: z.string().meta({ description: 'Extension: `to` of messages with recipient_type group' }),
    invite_link: z
      .string()
      .meta({ description: 'Extension', example: 'https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv' }),
  })
  .meta({ id: 'CreatedGroup' });
export type CreatedGroup = z.infer<typeof CreatedGroupSchema>;

export const ChangeGroupRequestSchema = z
  .object({
    messaging_product: product,
    subject: subject.nullish(),
    description: description.meta({ description: 'Empty takes away what was there' }),
    profile_picture_file: z.null('can not be set by a linked device').optional(),
  })
  .meta({ id: 'ChangeGroupRequest' });

export const GroupSchema = z
  .object({
    messaging_product: product,
    id: z.string(),
    subject: z.string(),
    description: z.string().optional(),
    creation_timestamp: z.int().optional(),
    join_approval_mode: z.enum(['approval_required', 'auto_approve']),
    suspended: z.literal(false),
    participants: z.array(
      z.object({
        wa_id: z.string().optional(),
        user_id: z.string().optional().meta({ description: 'LID of the person' }),
        admin: z.boolean().optional().meta({ description: 'Extension' }),
      }),
    ),
    total_participant_count: z.int().meta({ description: 'Without the number itself' }),
  })
  .meta({ id: 'Group' });
export type Group = z.infer<typeof GroupSchema>;

/** Body of `POST` and `DELETE /{group_id}/participants`. */
export const GroupParticipantsRequestSchema = z
  .object({
    messaging_product: product,
    participants: z
      .array(z.object({ user: z.string().meta({ example: '+5511987654321' }) }))
      .min(1)
      .max(MOST_PARTICIPANTS),
  })
  .meta({ id: 'GroupParticipantsRequest' });

export const GroupParticipantsSchema = z
  .object({
    messaging_product: product,
    participants: UsersSchema,
    failed_participants: FailedUsersSchema.optional(),
  })
  .meta({ id: 'GroupParticipants' });
export type GroupParticipants = z.infer<typeof GroupParticipantsSchema>;

export const GroupLinkSchema = z
  .object({ messaging_product: product, invite_link: z.string() })
  .meta({ id: 'GroupInviteLink' });
export type GroupLink = z.infer<typeof GroupLinkSchema>;
