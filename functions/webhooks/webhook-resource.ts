import type { WebhookResource } from '#core/contracts/api/webhooks.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';

/** A subscription as the API shows it: never with its secret. */
export function webhookResource(row: EndpointRow): WebhookResource {
  return {
    id: row.endpointId,
    url: row.url,
    session: row.session?.sessionId ?? null,
    events: row.events,
    created_at: new Date(row.createdAtMs).toISOString(),
  };
}
