import * as z from 'zod';
import { QuestionIdSchema } from '../domain/ids.ts';
import { CommandEnvelope } from './command-envelope.ts';

/** Most people that one question is about: what WhatsApp answers well within the ten seconds that the API waits. */
export const MOST_ASKED = 100;

const phone = z.string().regex(/^\d{5,17}$/);
const phones = z.array(phone).min(1).max(MOST_ASKED);

const question = <T extends string>(type: T) =>
  z.object({
    ...CommandEnvelope,
    type: z.literal(type),
    questionId: QuestionIdSchema,
    /** After this wall time nobody waits for the answer any more, milliseconds since the epoch. */
    deadlineMs: z.number().int(),
  });

/** A code to link the number with. `phone`: digits, E.164 without plus. */
const PairingCodeQuestionSchema = question('question.pairing_code').extend({ phone });
/** How the session is doing inside its task. */
const DiagnosticsQuestionSchema = question('question.diagnostics');
/** Who of these numbers is on WhatsApp, under which number: a Brazilian one may lack its ninth digit. */
const ContactsQuestionSchema = question('question.contacts').extend({ phones });
/** Whom the number has blocked. */
const BlockListQuestionSchema = question('question.block_list');
/** Blocks people or lets them write again. */
const BlockQuestionSchema = question('question.block').extend({ action: z.enum(['block', 'unblock']), phones });
/** What others see of the number. */
const ProfileQuestionSchema = question('question.profile');
/** The groups that the number is in. */
const GroupsQuestionSchema = question('question.groups');
const groupId = z.string().regex(/^\d{5,40}$/);
/** Makes a group without members. */
const CreateGroupQuestionSchema = question('question.create_group').extend({
  subject: z.string().min(1),
  description: z.string().optional(),
});
/** What a group is, and who is in it. */
const GroupQuestionSchema = question('question.group').extend({ groupId });
/** What is left out stays; an empty description takes away what was there. */
const ChangeGroupQuestionSchema = question('question.change_group').extend({
  groupId,
  subject: z.string().optional(),
  description: z.string().optional(),
});
const GroupMembersQuestionSchema = question('question.group_members').extend({
  groupId,
  action: z.enum(['add', 'remove']),
  phones,
});
/** `renew`: the link until now is good for nothing any more. */
const GroupLinkQuestionSchema = question('question.group_link').extend({ groupId, renew: z.boolean() });
const LeaveGroupQuestionSchema = question('question.leave_group').extend({ groupId });
/** Changes what others see; what is left out stays. Empty texts take away what was there. */
const ChangeProfileQuestionSchema = question('question.change_profile').extend({
  about: z.string().optional(),
  address: z.string().optional(),
  description: z.string().optional(),
  email: z.string().optional(),
  websites: z.array(z.string()).optional(),
});

/** Every question; the answers are in rows/answer-row.ts. */
export const QUESTION_SCHEMAS = [
  PairingCodeQuestionSchema,
  DiagnosticsQuestionSchema,
  ContactsQuestionSchema,
  BlockListQuestionSchema,
  BlockQuestionSchema,
  ProfileQuestionSchema,
  GroupsQuestionSchema,
  CreateGroupQuestionSchema,
  GroupQuestionSchema,
  ChangeGroupQuestionSchema,
  GroupMembersQuestionSchema,
  GroupLinkQuestionSchema,
  LeaveGroupQuestionSchema,
  ChangeProfileQuestionSchema,
] as const;
export type Question = z.infer<(typeof QUESTION_SCHEMAS)[number]>;
export type QuestionOf<T extends Question['type']> = Extract<Question, { readonly type: T }>;
