import { CheckContactsRequestSchema, type CheckedContacts } from '#core/contracts/api/graph/contacts.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { canonicalNumber, parsePhoneNumber } from '#core/domain/phone-number.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import type { AskDependencies } from '../../shared/ask-session.ts';
import { ask } from '../ask.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';

/** POST /{phone_number_id}/contacts: who is on WhatsApp, in one query for all of them. What is no phone number is `invalid`. */
function makeCheckContacts(dependencies: AskDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const { contacts } = parseRequest(CheckContactsRequestSchema, request.body() ?? {});
    const written = contacts.map((input) => ({ input, phone: parsePhoneNumber(input) }));
    const phones = [...new Set(written.flatMap(({ phone }) => phone ?? []))];
    const registered = await registeredOf(dependencies, request, phones);
    const body: CheckedContacts = {
      contacts: written.map(({ input, phone }) => {
        const waId = registered.get(phone ?? '');
        return waId === undefined ? { input, status: 'invalid' } : { input, status: 'valid', wa_id: waId };
      }),
    };
    return { body };
  };
}

async function registeredOf(
  dependencies: AskDependencies,
  request: GraphRequest,
  phones: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  if (phones.length === 0) {
    await request.session();
    return new Map();
  }
  const about = [...phones];
  const { contacts } = await ask(dependencies, request, { type: 'question.contacts', phones: about }, 'contacts');
  // As webhooks tell of the person, whatever form WhatsApp has the number in.
  return new Map(contacts.map(({ phone, waId }) => [phone, waId === undefined ? undefined : canonicalNumber(waId)]));
}

/** The number check of WhatsApp's on-premises API; Meta's Cloud API has none. */
export const contactRoutes = (dependencies: AskDependencies): readonly GraphRoute[] => [
  { on: 'phone_number', edge: 'contacts', method: 'POST', run: makeCheckContacts(dependencies) },
];
