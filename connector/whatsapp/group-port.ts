import type { PersonFailure, WhatsAppGroup } from '#core/contracts/whatsapp-answers.ts';

/** Groups of the session's own number, as an open connection can make and change them. All reject with an AccountRefusal where WhatsApp refuses. */
export interface WhatsAppGroups {
  /** @returns its id */
  create(group: { readonly subject: string; readonly description?: string | undefined }): Promise<string>;
  read(groupId: string): Promise<WhatsAppGroup>;
  /** What is left out stays. */
  change(
    groupId: string,
    change: { readonly subject?: string | undefined; readonly description?: string | undefined },
  ): Promise<void>;
  /** @param waIds digits, as registered. @returns with whom it did not work */
  changeMembers(groupId: string, action: 'add' | 'remove', waIds: readonly string[]): Promise<readonly PersonFailure[]>;
  /** @param renew the link until now is good for nothing any more */
  inviteLink(groupId: string, renew: boolean): Promise<string>;
  leave(groupId: string): Promise<void>;
}
