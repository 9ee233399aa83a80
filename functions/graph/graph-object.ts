import { parseHistoryId } from '#core/domain/history-id.ts';
import { AccountIdSchema, MediaIdSchema, SessionIdSchema, TemplateIdSchema } from '#core/domain/ids.ts';

/** What an id of a path stands for. Graph has one namespace for all of them, so the length of an id says its kind (D3). */
export type GraphObject =
  | 'phone_number'
  | 'account'
  | 'group'
  | 'media'
  | 'template'
  | 'message_history'
  | 'debug_token';

/** WhatsApp's own ids of groups, as long as those of accounts. Groups from before 2021 have a hyphen in theirs and no path. */
const GROUP = /^120363\d{12}$/;

/** @returns undefined for digits that are the id of nothing */
export function graphObjectOf(id: string): GraphObject | undefined {
  if (SessionIdSchema.safeParse(id).success) return 'phone_number';
  if (GROUP.test(id)) return 'group';
  if (AccountIdSchema.safeParse(id).success) return 'account';
  if (MediaIdSchema.safeParse(id).success) return 'media';
  if (TemplateIdSchema.safeParse(id).success) return 'template';
  if (id === 'debug_token') return id;
  if (parseHistoryId(id)) return 'message_history';
  return undefined;
}
