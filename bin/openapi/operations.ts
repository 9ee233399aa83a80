import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { GraphErrorSchema } from '#core/contracts/api/errors.ts';
import { DeepHealthSchema, HealthSchema } from '#core/contracts/api/health.ts';
import { SendMessageResponseSchema, SendTextRequestSchema } from '#core/contracts/api/messages.ts';
import {
  CreateSessionRequestSchema,
  PairingCodeRequestSchema,
  PairingCodeSchema,
  QrSchema,
  SessionListSchema,
  SessionSchema,
  SuccessSchema,
} from '#core/contracts/api/sessions.ts';
import {
  CreatedWebhookSchema,
  CreateWebhookRequestSchema,
  WebhookListSchema,
  WebhookSchema,
} from '#core/contracts/api/webhooks.ts';

type Parameters = ZodOpenApiOperationObject['requestParams'];

const json = (schema: z.ZodType) => ({ 'application/json': { schema } });

const ERRORS = {
  400: 'The request is not valid; details names the field',
  401: 'No key, or one that is not ours',
  403: 'WhatsApp has banned the number',
  404: 'It does not exist, or the key may not see it',
  409: 'Its present state does not allow it',
  413: 'The body is larger than 4 MB',
  415: 'The body is not called JSON by its Content-Type',
  429: 'Too many requests',
  500: 'Something went wrong on our side',
  503: 'A part of the service did not answer; try again',
} as const;

/** Every operation with a body refuses these. */
const BODY_REFUSALS = [400, 413, 415] as const;

const errors = (...statuses: readonly (keyof typeof ERRORS)[]) =>
  Object.fromEntries(
    statuses.map((status) => [status, { description: ERRORS[status], content: json(GraphErrorSchema) }]),
  );

const sessionId: Parameters = {
  path: z.object({ id: z.string().meta({ description: 'Session id', example: '100200300' }) }),
};
const webhookId: Parameters = {
  path: z.object({ id: z.string().meta({ description: 'Webhook id', example: 'wh_0123456789abcdef01234567' }) }),
};
const graph = (versioned: boolean): Parameters => ({
  path: z.object({
    ...(versioned ? { version: z.string().meta({ description: 'Any, as vN.N', example: 'v23.0' }) } : {}),
    phone_number_id: z.string().meta({ description: 'Session id', example: '100200300' }),
  }),
});

interface Operation {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly params?: Parameters;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** @default 200 */
  readonly status?: 200 | 201;
  readonly refusals?: readonly (keyof typeof ERRORS)[];
}

function operation({
  id,
  tag,
  summary,
  params,
  body,
  answer,
  status = 200,
  refusals = [],
}: Operation): ZodOpenApiOperationObject {
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(params ? { requestParams: params } : {}),
    ...(body ? { requestBody: { required: true, content: json(body) } } : {}),
    responses: {
      [status]: { description: 'Done', content: json(answer) },
      ...errors(401, ...refusals, ...(body ? BODY_REFUSALS : []), 500, 503),
    },
  };
}

const change = (verb: string, summary: string): ZodOpenApiOperationObject =>
  operation({
    id: `${verb}Session`,
    tag: 'Sessions',
    summary,
    params: sessionId,
    answer: SuccessSchema,
    refusals: [404],
  });

const send = (versioned: boolean): ZodOpenApiOperationObject =>
  operation({
    id: versioned ? 'sendMessage' : 'sendMessageUnversioned',
    tag: 'Messages',
    summary: 'Send a message. The answer means accepted; what becomes of it comes by webhook',
    params: graph(versioned),
    body: SendTextRequestSchema,
    answer: SendMessageResponseSchema,
    refusals: [403],
  });

const qr: ZodOpenApiOperationObject = {
  ...operation({
    id: 'getQr',
    tag: 'Sessions',
    summary: 'The QR code to scan; waits up to 10 s for it',
    params: sessionId,
    answer: QrSchema,
  }),
  responses: {
    200: {
      description: 'By Accept',
      content: { ...json(QrSchema), 'image/png': { schema: z.string() }, 'image/svg+xml': { schema: z.string() } },
    },
    ...errors(401, 404, 409, 500, 503),
  },
};

const health: ZodOpenApiOperationObject = {
  ...operation({
    id: 'getHealth',
    tag: 'Health',
    summary: 'Shallow without a key; deep=1, with one, looks at every part',
    answer: HealthSchema,
  }),
  security: [{}, { bearer: [] }],
  requestParams: { query: z.object({ deep: z.literal('1').optional() }) },
  responses: {
    200: { description: 'Runs', content: json(z.union([HealthSchema, DeepHealthSchema])) },
    503: { description: 'A part is down', content: json(DeepHealthSchema) },
    ...errors(401),
  },
};

/** Every path of the API. */
export const PATHS: ZodOpenApiPathsObject = {
  '/{version}/{phone_number_id}/messages': { post: send(true) },
  '/{phone_number_id}/messages': { post: send(false) },
  '/sessions': {
    get: operation({
      id: 'listSessions',
      tag: 'Sessions',
      summary: 'All sessions of the account',
      answer: SessionListSchema,
    }),
    post: operation({
      id: 'createSession',
      tag: 'Sessions',
      summary: 'Create a session and start its pairing',
      body: CreateSessionRequestSchema,
      answer: SessionSchema,
      status: 201,
      refusals: [409],
    }),
  },
  '/sessions/{id}': {
    get: operation({
      id: 'getSession',
      tag: 'Sessions',
      summary: 'One session',
      params: sessionId,
      answer: SessionSchema,
      refusals: [404],
    }),
    delete: change('delete', 'Unlink the number and forget everything of it'),
  },
  '/sessions/{id}/qr': { get: qr },
  '/sessions/{id}/pairing-code': {
    post: operation({
      id: 'createPairingCode',
      tag: 'Sessions',
      summary: 'A code to type into the phone, instead of the QR code',
      params: sessionId,
      body: PairingCodeRequestSchema,
      answer: PairingCodeSchema,
      refusals: [404, 409],
    }),
  },
  '/sessions/{id}/start': { post: change('start', 'Connect, or pair anew after a logout') },
  '/sessions/{id}/stop': { post: change('stop', 'Close the connection, keep the link') },
  '/sessions/{id}/logout': { post: change('logout', 'Unlink the number, keep the session') },
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
      summary: 'One webhook',
      params: webhookId,
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
  '/health': { get: health },
};
