import { present } from '#core/contracts/api/messages/characters.ts';
import type { MessageObject } from '#core/contracts/api/messages/request.ts';
import type { ContactCard } from '#core/contracts/outbound/contacts.ts';
import type { Draft } from './draft.ts';

export const draftContacts = (contacts: MessageObject<'contacts'>): Draft => ({
  content: { type: 'contacts', contacts: contacts.map(cardOf) },
});

function cardOf(contact: MessageObject<'contacts'>[number]): ContactCard {
  const { name, phones, emails, org, addresses, urls, birthday } = contact;
  return {
    name: { ...present(name), formatted_name: name.formatted_name },
    ...(phones?.length ? { phones: phones.map(present) } : {}),
    ...(emails?.length ? { emails: emails.map(present) } : {}),
    ...(org ? { org: present(org) } : {}),
    ...(addresses?.length ? { addresses: addresses.map(present) } : {}),
    ...(urls?.length ? { urls: urls.map(present) } : {}),
    ...(birthday ? { birthday } : {}),
  };
}
