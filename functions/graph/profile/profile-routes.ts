import {
  type BusinessProfile,
  BusinessProfileQuerySchema,
  ChangeBusinessProfileRequestSchema,
} from '#core/contracts/api/graph/business-profile.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { WhatsAppProfile } from '#core/contracts/whatsapp-answers.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import type { AskDependencies } from '../../shared/ask-session.ts';
import { ask } from '../ask.ts';
import { fieldNamesOf } from '../fields.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';
import { withProduct } from '../with-product.ts';
import { verticalOf } from './vertical.ts';

/** GET /{phone_number_id}/whatsapp_business_profile: as WhatsApp has it at this moment. */
function makeGetProfile(dependencies: AskDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const { fields } = parseRequest(BusinessProfileQuerySchema, Object.fromEntries(request.query));
    const profile = businessProfile(await profileOf(dependencies, request));
    const names = fieldNamesOf(fields);
    const kept = Object.entries(profile).filter(([name]) => names === undefined || names.includes(name));
    return { body: { data: [Object.fromEntries(kept)] } };
  };
}

/** POST /{phone_number_id}/whatsapp_business_profile: what a linked device can change; the rest is refused by name. */
function makeChangeProfile(dependencies: AskDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const asked = parseRequest(ChangeBusinessProfileRequestSchema, withProduct(request));
    const { about, address, description, email, websites, vertical, profile_picture_handle: picture } = asked;
    if (picture) {
      throw new GraphError(100, 'profile_picture_handle: is not supported; the picture is changed on the phone.');
    }
    if (vertical) await refuseOtherVertical(dependencies, request, vertical);
    const change = Object.fromEntries(
      Object.entries({ about, address, description, email, websites }).filter(
        ([, value]) => value !== undefined && value !== null,
      ),
    );
    if (Object.keys(change).length > 0) {
      await ask(dependencies, request, { type: 'question.change_profile', ...change }, 'changed');
    }
    await request.session();
    return { body: { success: true } };
  };
}

const profileOf = async (dependencies: AskDependencies, request: GraphRequest): Promise<WhatsAppProfile> =>
  (await ask(dependencies, request, { type: 'question.profile' }, 'profile')).profile;

/** Clients send all fields back that they have read. */
async function refuseOtherVertical(
  dependencies: AskDependencies,
  request: GraphRequest,
  wanted: string,
): Promise<void> {
  const { vertical } = businessProfile(await profileOf(dependencies, request));
  if (vertical === wanted) return;
  throw new GraphError(100, `vertical: is ${vertical}; only the WhatsApp Business app on the phone can change it.`);
}

function businessProfile({ about, pictureUrl, business }: WhatsAppProfile): BusinessProfile {
  const { address, description, email, websites, category } = business ?? {};
  return {
    messaging_product: 'whatsapp',
    ...(about ? { about } : {}),
    ...(address ? { address } : {}),
    ...(description ? { description } : {}),
    ...(email ? { email } : {}),
    ...(pictureUrl ? { profile_picture_url: pictureUrl } : {}),
    ...(websites && websites.length > 0 ? { websites } : {}),
    vertical: business ? verticalOf(category) : 'NOT_A_BIZ',
  };
}

/** What others see of a number. */
export const profileRoutes = (dependencies: AskDependencies): readonly GraphRoute[] => [
  { on: 'phone_number', edge: 'whatsapp_business_profile', method: 'GET', run: makeGetProfile(dependencies) },
  { on: 'phone_number', edge: 'whatsapp_business_profile', method: 'POST', run: makeChangeProfile(dependencies) },
];
