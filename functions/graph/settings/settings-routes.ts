import { ChangeSettingsRequestSchema, type Settings } from '#core/contracts/api/graph/settings.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';

/** A phone answers the calls of a linked number, and nothing of Meta's is in between. */
const SETTINGS: Settings = {
  calling: {
    status: 'disabled',
    call_icon_visibility: 'visible',
    ip_addresses: { default: [] },
    callback_permission_status: 'disabled',
  },
  payload_encryption: { status: 'disabled' },
  storage_configuration: { status: 'default' },
};

async function getSettings(request: GraphRequest): Promise<ApiResponse> {
  await request.session();
  return { body: SETTINGS };
}

/** Takes what is so already. @throws GraphError 100 that names what can't be switched on */
async function changeSettings(request: GraphRequest): Promise<ApiResponse> {
  parseRequest(ChangeSettingsRequestSchema, request.body() ?? {});
  await request.session();
  return { body: { success: true } };
}

/** Meta's switches of a number. */
export const SETTINGS_ROUTES: readonly GraphRoute[] = [
  { on: 'phone_number', edge: 'settings', method: 'GET', run: getSettings },
  { on: 'phone_number', edge: 'settings', method: 'POST', run: changeSettings },
];
