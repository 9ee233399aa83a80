import { type BinaryNode, jidDecode, jidNormalizedUser, USyncQuery, USyncUser } from '@whiskeysockets/baileys';
import { type OrderedItem, OrderedItemSchema } from '#core/contracts/inbound/order.ts';
import type { WhatsAppProfile } from '#core/contracts/whatsapp-answers.ts';
import { type AccountGroup, AccountRefusal, type BusinessChange, type WhatsAppAccount } from './account-port.ts';
import { codeOf, orRefusal } from './account-refusals.ts';
import { BaileysGroups } from './baileys-groups.ts';
import type { Socket } from './open-socket.ts';
import type { OrderReference } from './whatsapp-port.ts';

/** WhatsApp counts money in thousandths. */
const THOUSANDTHS = 1000;
/** Graph code of a person who can't be reached. */
const UNDELIVERABLE = 131026;

/** Asks WhatsApp through an unmodified Baileys. */
export class BaileysAccount implements WhatsAppAccount {
  readonly #socket: Socket;
  readonly #ownId: () => string;
  readonly inGroups: BaileysGroups;

  /** @param ownId the session's own jid */
  constructor(socket: Socket, ownId: () => string) {
    this.#socket = socket;
    this.#ownId = ownId;
    this.inGroups = new BaileysGroups(socket);
  }

  async findContacts(phones: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const query = new USyncQuery();
    // Baileys' own reader of this protocol forgets which number was asked for.
    query.protocols.push(CONTACT);
    for (const phone of new Set(phones)) query.withUser(new USyncUser().withPhone(`+${phone}`));
    const result = await this.#socket.executeUSyncQuery(query);
    if (!result) throw new Error('WhatsApp did not say who is registered.');
    const found = result.list.flatMap(({ id, contact }): [string, string][] => {
      const { asked, registered } = contact as ContactAnswer;
      return registered ? [[asked, registeredDigits(id, asked)]] : [];
    });
    return new Map(found);
  }

  async blockList(): Promise<{ phones: string[]; lids: string[] }> {
    const phones: string[] = [];
    const lids: string[] = [];
    for (const jid of await this.#socket.fetchBlocklist()) {
      if (jid === undefined) continue;
      const known = jid.endsWith('@lid') ? await this.#lidMapping.getPNForLID(jid) : jid;
      const user = jidDecode(known ?? jid)?.user;
      if (user !== undefined) (known ? phones : lids).push(user);
    }
    return { phones: phones.toSorted(), lids: lids.toSorted() };
  }

  async setBlocked(waId: string, blocked: boolean): Promise<void> {
    const jid = `${waId}@s.whatsapp.net`;
    if (!(await this.#lidMapping.getLIDForPN(jid))) {
      throw new AccountRefusal(UNDELIVERABLE, 'WhatsApp names no account for the number.');
    }
    await orRefusal(this.#socket.updateBlockStatus(jid, blocked ? 'block' : 'unblock'));
  }

  async groups(): Promise<readonly AccountGroup[]> {
    const found = await this.#socket.groupFetchAllParticipating();
    return Object.values(found).map(({ id, subject, creation }) => ({
      groupId: jidDecode(id)?.user ?? '',
      subject,
      ...(creation ? { createdAtMs: creation * 1000 } : {}),
    }));
  }

  async orderProducts({ orderId, token }: OrderReference): Promise<readonly OrderedItem[]> {
    const { products } = await this.#socket.getOrderDetails(orderId, token);
    return products
      .map(({ id, quantity, price, currency }) => ({
        product_retailer_id: id,
        quantity,
        item_price: price / THOUSANDTHS,
        currency,
      }))
      .filter((item) => OrderedItemSchema.safeParse(item).success);
  }

  async profile(): Promise<WhatsAppProfile> {
    const own = jidNormalizedUser(this.#ownId());
    const [about, pictureUrl, business] = await Promise.all([
      this.#about(own),
      // Nothing there, and nothing to be seen, are errors in WhatsApp's protocol.
      this.#socket.profilePictureUrl(own, 'image').catch(unlessRefused),
      this.#business(own),
    ]);
    return { ...(about ? { about } : {}), ...(pictureUrl ? { pictureUrl } : {}), ...(business ? { business } : {}) };
  }

  setAbout(about: string): Promise<void> {
    return orRefusal(this.#socket.updateProfileStatus(about));
  }

  async changeBusiness({ address, description, email, websites }: BusinessChange): Promise<void> {
    const change = {
      ...(address === undefined ? {} : { address }),
      ...(description === undefined ? {} : { description }),
      ...(email === undefined ? {} : { email }),
      ...(websites === undefined ? {} : { websites: [...websites] }),
    };
    await orRefusal(this.#socket.updateBussinesProfile(change));
  }

  async #about(own: string): Promise<string | undefined> {
    const [found] = (await this.#socket.fetchStatus(own)) ?? [];
    const status = found?.['status'] as { readonly status?: string | null } | undefined;
    return status?.status ?? undefined;
  }

  async #business(own: string): Promise<WhatsAppProfile['business']> {
    const found = await this.#socket.getBusinessProfile(own);
    if (!found) return undefined;
    const { address, description, email, website, category } = found;
    return {
      ...(address ? { address } : {}),
      ...(description ? { description } : {}),
      ...(email ? { email } : {}),
      ...(category ? { category } : {}),
      websites: website ?? [],
    };
  }

  get #lidMapping() {
    return this.#socket.signalRepository.lidMapping;
  }
}

interface ContactAnswer {
  readonly asked: string;
  readonly registered: boolean;
}

const CONTACT = {
  name: 'contact',
  getQueryElement: (): BinaryNode => ({ tag: 'contact', attrs: {} }),
  getUserElement: ({ phone }: USyncUser): BinaryNode => ({ tag: 'contact', attrs: {}, content: phone }),
  parser: ({ attrs, content }: BinaryNode): ContactAnswer => ({
    asked: (content instanceof Uint8Array
      ? Buffer.from(content).toString()
      : typeof content === 'string'
        ? content
        : ''
    ).replace(/\D/g, ''),
    registered: attrs['type'] === 'in',
  }),
};

/** A person who is only known by LID keeps the number that was asked for. */
function registeredDigits(jid: string, asked: string): string {
  const { user, server } = jidDecode(jid) ?? {};
  return server === 's.whatsapp.net' && user !== undefined ? user : asked;
}

function unlessRefused(error: unknown): undefined {
  if (codeOf(error) === undefined) throw error;
}
