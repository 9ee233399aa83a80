import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { DeliveriesQuerySchema, DeliveryDetailSchema, DeliveryListSchema } from '#core/contracts/api/deliveries.ts';
import {
  MessageEventsQuerySchema,
  MessageEventsSchema,
  MessageHistoryQuerySchema,
  MessageHistorySchema,
} from '#core/contracts/api/message-history.ts';
import { PageQuery } from '#core/contracts/api/paging.ts';
import { CreateReplayRequestSchema, ReplayListSchema, ReplaySchema } from '#core/contracts/api/replays.ts';
import { SuccessSchema } from '#core/contracts/api/sessions.ts';
import {
  ChangeWebhookRequestSchema,
  CreateWebhookRequestSchema,
  RotateSecretRequestSchema,
  TestWebhookRequestSchema,
  VerifyWebhookRequestSchema,
} from '#core/contracts/api/webhook-settings.ts';
import {
  CreatedWebhookSchema,
  ReceiverAnswerSchema,
  RotatedSecretSchema,
  TestAnswerSchema,
  WebhookListSchema,
  WebhookSchema,
} from '#core/contracts/api/webhooks.ts';
import { operation, type Parameters } from './operation.ts';

const idOf = (description: string, example: string): Parameters => ({
  path: z.object({ id: z.string().meta({ description, example }) }),
});
const webhookId = idOf('Webhook id', 'wh_0123456789abcdef01234567');
const jobId = idOf('Replay id', 'job_0123456789abcdef');
const version = z.string().meta({ description: 'Any, as vN.N', example: 'v23.0' });

const WEBHOOKS: ZodOpenApiPathsObject = {
  '/webhooks': {
    get: operation({
      id: 'listWebhooks',
      tag: 'Webhooks',
      summary: 'All webhooks of the account',
      answer: WebhookListSchema,
    }),
    post: operation({
      id: 'createWebhook',
      tag: 'Webhooks',
      summary: 'Subscribe a URL; the secret is shown this once',
      body: CreateWebhookRequestSchema,
      answer: CreatedWebhookSchema,
      status: 201,
      refusals: [404],
    }),
  },
  '/webhooks/{id}': {
    get: operation({
      id: 'getWebhook',
      tag: 'Webhooks',
      summary: 'One webhook, and how it fares',
      params: webhookId,
      answer: WebhookSchema,
      refusals: [404],
    }),
    patch: operation({
      id: 'changeWebhook',
      tag: 'Webhooks',
      summary: 'Change what is named; null goes back to the default',
      params: webhookId,
      body: ChangeWebhookRequestSchema,
      answer: WebhookSchema,
      refusals: [404],
    }),
    delete: operation({
      id: 'deleteWebhook',
      tag: 'Webhooks',
      summary: 'Unsubscribe',
      params: webhookId,
      answer: SuccessSchema,
      refusals: [404],
    }),
  },
  '/webhooks/{id}/test': {
    post: operation({
      id: 'testWebhook',
      tag: 'Webhooks',
      summary: 'Send a signed sample now and tell what came of it',
      params: webhookId,
      body: TestWebhookRequestSchema,
      mayLackBody: true,
      answer: TestAnswerSchema,
      refusals: [404],
    }),
  },
  '/webhooks/{id}/verify': {
    post: operation({
      id: 'verifyWebhook',
      tag: 'Webhooks',
      summary: 'Meta’s handshake toward the receiver: it has to answer 200 and repeat the challenge',
      params: webhookId,
      body: VerifyWebhookRequestSchema,
      mayLackBody: true,
      answer: ReceiverAnswerSchema,
      refusals: [404],
    }),
  },
  '/webhooks/{id}/rotate-secret': {
    post: operation({
      id: 'rotateWebhookSecret',
      tag: 'Webhooks',
      summary: 'A new secret, shown this once; the old one stays valid for its grace',
      params: webhookId,
      body: RotateSecretRequestSchema,
      mayLackBody: true,
      answer: RotatedSecretSchema,
      refusals: [404, 409],
    }),
  },
  '/webhooks/{id}/rotate-secret/confirm': {
    post: operation({
      id: 'confirmWebhookSecret',
      tag: 'Webhooks',
      summary: 'Every receiver has the new secret: the old one ends now',
      params: webhookId,
      answer: SuccessSchema,
      refusals: [404, 409],
    }),
  },
};

const DELIVERIES: ZodOpenApiPathsObject = {
  '/deliveries': {
    get: operation({
      id: 'listDeliveries',
      tag: 'Deliveries',
      summary: 'What was sent to webhooks, newest first; of the last 24 hours unless since says otherwise',
      params: { query: DeliveriesQuerySchema },
      answer: DeliveryListSchema,
      refusals: [400, 404],
    }),
  },
  '/deliveries/{id}': {
    get: operation({
      id: 'getDelivery',
      tag: 'Deliveries',
      summary: 'One delivery with its attempts and what was sent',
      params: idOf('Delivery id', 'dl_ASNFZ4mrze8BI0VnAZ2x8BYAASNFZ4mrze8BI0VniavN7w'),
      answer: DeliveryDetailSchema,
      refusals: [404],
    }),
  },
  '/dead-letters': {
    get: operation({
      id: 'listDeadLetters',
      tag: 'Deliveries',
      summary:
        'Deliveries of the last 30 days that nobody tries any more; a replay of statuses ["dead"] sends them again',
      params: { query: DeliveriesQuerySchema.omit({ status: true }) },
      answer: DeliveryListSchema,
      refusals: [400, 404],
    }),
  },
};

const REPLAYS: ZodOpenApiPathsObject = {
  '/replays': {
    get: operation({
      id: 'listReplays',
      tag: 'Deliveries',
      summary: 'Replays of the account, newest first',
      params: { query: z.object(PageQuery) },
      answer: ReplayListSchema,
      refusals: [400],
    }),
    post: operation({
      id: 'createReplay',
      tag: 'Deliveries',
      summary: 'Send deliveries again under their old webhook-id, at the pace of their receivers',
      body: CreateReplayRequestSchema,
      answer: ReplaySchema,
      status: 202,
      refusals: [404, 409],
    }),
  },
  '/replays/{id}': {
    get: operation({
      id: 'getReplay',
      tag: 'Deliveries',
      summary: 'How far a replay is',
      params: jobId,
      answer: ReplaySchema,
      refusals: [404],
    }),
  },
  '/replays/{id}/cancel': {
    post: operation({
      id: 'cancelReplay',
      tag: 'Deliveries',
      summary: 'Queue no more; at most the ten that are just being queued still go out',
      params: jobId,
      answer: ReplaySchema,
      refusals: [404, 409],
    }),
  },
};

const history = (versioned: boolean): ZodOpenApiOperationObject =>
  operation({
    id: versioned ? 'getMessageHistory' : 'getMessageHistoryUnversioned',
    tag: 'Messages',
    summary: 'Messages whose statuses webhooks were told of, newest first',
    params: {
      path: z.object({
        ...(versioned ? { version } : {}),
        phone_number_id: z.string().meta({ description: 'Session id' }),
      }),
      query: MessageHistoryQuerySchema,
    },
    answer: MessageHistorySchema,
    refusals: [400],
  });

const events = (versioned: boolean): ZodOpenApiOperationObject =>
  operation({
    id: versioned ? 'getMessageHistoryEvents' : 'getMessageHistoryEventsUnversioned',
    tag: 'Messages',
    summary: 'What became of one message, newest first',
    params: {
      path: z.object({
        ...(versioned ? { version } : {}),
        message_history_id: z.string().meta({ description: 'id of an entry of message_history' }),
      }),
      query: MessageEventsQuerySchema,
    },
    answer: MessageEventsSchema,
    refusals: [400],
  });

/** Webhooks, what was sent to them, and sending it again. */
export const WEBHOOK_PATHS: ZodOpenApiPathsObject = {
  '/{version}/{phone_number_id}/message_history': { get: history(true) },
  '/{phone_number_id}/message_history': { get: history(false) },
  '/{version}/{message_history_id}/events': { get: events(true) },
  '/{message_history_id}/events': { get: events(false) },
  ...WEBHOOKS,
  ...DELIVERIES,
  ...REPLAYS,
};
