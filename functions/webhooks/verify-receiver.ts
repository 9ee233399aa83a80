import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { VerifyWebhookRequestSchema } from '#core/contracts/api/webhook-settings.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import type { RouteRequest } from '../shared/router.ts';
import { shakeHands } from '../shared/webhooks/handshake.ts';
import { ownWebhook } from './own-webhook.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

/** POST /webhooks/{id}/verify: 200 with what came of it, also when the receiver fails. */
export function makeVerifyWebhook(dependencies: WebhookDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { verify_token } = parseRequest(VerifyWebhookRequestSchema, request.body() ?? {});
    const row = await ownWebhook(dependencies.endpoints, request);
    const headers = await dependencies.secrets.decryptHeaders(row);
    return {
      body: await shakeHands(dependencies, { url: row.url, headers, verifyToken: verify_token ?? undefined }),
    };
  };
}
