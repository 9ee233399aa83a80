import type { OrderedItem } from '#core/contracts/inbound/order.ts';
import type { WhatsAppProfile } from '#core/contracts/whatsapp-answers.ts';
import type { WhatsAppGroups } from './group-port.ts';
import type { OrderReference } from './whatsapp-port.ts';

/** What an open connection can ask WhatsApp about its own account and other people. All reject when it gives no answer in time. */
export interface WhatsAppAccount {
  /**
   * Asks about all of them in one query.
   * @param phones digits
   * @returns the digits that each is registered under; those that are not on WhatsApp are missing
   */
  findContacts(phones: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Digits of phone numbers, and user parts of LIDs whose number is not known. */
  blockList(): Promise<{ readonly phones: string[]; readonly lids: string[] }>;
  /** @param waId digits, as registered */
  setBlocked(waId: string, blocked: boolean): Promise<void>;
  readonly inGroups: WhatsAppGroups;
  /** The groups that the number is in. */
  groups(): Promise<readonly AccountGroup[]>;
  /** What is in an order that somebody has sent. */
  orderProducts(order: OrderReference): Promise<readonly OrderedItem[]>;
  profile(): Promise<WhatsAppProfile>;
  setAbout(about: string): Promise<void>;
  /** Only for a number of WhatsApp Business. What is left out stays. */
  changeBusiness(change: BusinessChange): Promise<void>;
}

export interface AccountGroup {
  readonly groupId: string;
  readonly subject: string;
  readonly createdAtMs?: number;
}

export interface BusinessChange {
  readonly address?: string | undefined;
  readonly description?: string | undefined;
  readonly email?: string | undefined;
  readonly websites?: readonly string[] | undefined;
}

/** WhatsApp or we refuse, for a reason that the caller of the API can do something about. */
export class AccountRefusal extends Error {
  override readonly name = 'AccountRefusal';
  /** Graph error code. */
  readonly code: number;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
  }
}
