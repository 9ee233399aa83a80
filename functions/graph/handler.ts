import { randomBytes } from 'node:crypto';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeDeliveryLog } from '#core/adapters/dynamodb/delivery-log.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { makeTemplateRepository } from '#core/adapters/dynamodb/template-repository.ts';
import { makeOutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { apiHandler } from '../shared/api-handler.ts';
import { loadConfig } from '../shared/config.ts';
import { keyAuthentication } from '../shared/key-authentication.ts';
import { BUSINESS_SETTINGS, businessRoutes } from './business-routes.ts';
import { makeGraphRoutes } from './graph-routes.ts';
import { makeAdmissionParts } from './limits/admission-parts.ts';
import { budgetRoute } from './limits/budget.ts';
import { makePreviewLink } from './media/link-preview.ts';
import { makeMediaDependencies } from './media/media-dependencies.ts';
import { makeResolveMedia } from './media/media-resolver.ts';
import { mediaRoutes } from './media/media-routes.ts';
import { messageHistoryRoutes } from './message-history/message-history.ts';
import { messageRoutes } from './messages/messages.ts';
import { makeDraftTemplate } from './templates/draft-template.ts';

const config = loadConfig(
  'sessionsTable',
  'endpointsTable',
  'deliveriesTable',
  'templatesTable',
  'limitsTable',
  'outboundQueueUrls',
  'limits',
  'messageRetentionDays',
  ...BUSINESS_SETTINGS,
);
const dynamo = makeDocumentClient();
const random = randomBytes;
const outbound = makeOutboundQueue({ sqs: makeSqsClient(), queueUrls: config.outboundQueueUrls, random });
const sessions = makeSessionRepository({ dynamo, tableName: config.sessionsTable });
const templates = makeTemplateRepository({ dynamo, tableName: config.templatesTable });
const draftTemplate = makeDraftTemplate({ templates });
const admission = makeAdmissionParts({ dynamo, config, clock, random });
const history = {
  log: makeDeliveryLog({ dynamo, tableName: config.deliveriesTable }),
  endpoints: makeEndpointRepository({ dynamo, tableName: config.endpointsTable }),
  clock,
};
const media = makeMediaDependencies({ dynamo, sessions, outbound, clock });
const routes = makeGraphRoutes({
  sessions,
  routes: [
    ...messageRoutes({
      outbound,
      admit: admission.admit,
      resolveMedia: makeResolveMedia(media),
      previewLink: makePreviewLink(media),
      draftTemplate,
      clock,
    }),
    budgetRoute(admission),
    ...messageHistoryRoutes(history),
    ...businessRoutes({ config, dynamo, sessions, templates, outbound, clock, random }),
    ...mediaRoutes(media),
  ],
});

/** `$default`: everything Graph-shaped, and every path that is nobody's. */
export const handler = apiHandler(routes, keyAuthentication(dynamo));
