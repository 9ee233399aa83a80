import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { BudgetQuerySchema, BudgetSchema } from '#core/contracts/api/budget.ts';
import { DeepHealthSchema, HealthSchema } from '#core/contracts/api/health.ts';
import { SendMessageRequestSchema, SendTemplateRequestSchema } from '#core/contracts/api/messages/request.ts';
import { SendMessageResponseSchema } from '#core/contracts/api/messages/response.ts';
import {
  ChangeSessionRequestSchema,
  CreateSessionRequestSchema,
  DiagnosticsSchema,
  PairingCodeRequestSchema,
  PairingCodeSchema,
  QrSchema,
  SessionListSchema,
  SessionSchema,
  SuccessSchema,
} from '#core/contracts/api/sessions.ts';
import { GRAPH_PATHS } from './graph-operations.ts';
import { MEDIA_PATHS } from './media-operations.ts';
import { errors, json, operation, type Parameters } from './operation.ts';
import { WEBHOOK_PATHS } from './webhook-operations.ts';

const sessionId: Parameters = {
  path: z.object({ id: z.string().meta({ description: 'Session id', example: '100200300' }) }),
};
const graph = (versioned: boolean): Parameters => ({
  path: z.object({
    ...(versioned ? { version: z.string().meta({ description: 'Any, as vN.N', example: 'v23.0' }) } : {}),
    phone_number_id: z.string().meta({ description: 'Session id', example: '100200300' }),
  }),
});

const change = (verb: string, summary: string): ZodOpenApiOperationObject =>
  operation({
    id: `${verb}Session`,
    tag: 'Sessions',
    summary,
    params: sessionId,
    answer: SuccessSchema,
    refusals: [404],
  });

const IDEMPOTENCY_KEY = z.object({
  'Idempotency-Key': z.string().optional().meta({
    description:
      '1 to 255 printable ASCII characters. The same key and body within 24 hours are one message and have one answer; another body under the key is a 409',
  }),
});

const send = (versioned: boolean): ZodOpenApiOperationObject =>
  operation({
    id: versioned ? 'sendMessage' : 'sendMessageUnversioned',
    tag: 'Messages',
    summary: 'Send a message. The answer means accepted; what becomes of it comes by webhook',
    params: { ...graph(versioned), header: IDEMPOTENCY_KEY },
    body: SendMessageRequestSchema,
    answer: z.union([SendMessageResponseSchema, SuccessSchema]),
    refusals: [403, 409, 429],
  });

const budget = (versioned: boolean): ZodOpenApiOperationObject =>
  operation({
    id: versioned ? 'getBudget' : 'getBudgetUnversioned',
    tag: 'Messages',
    summary: 'What the limits would let through now, and when more comes; takes nothing',
    params: { ...graph(versioned), query: BudgetQuerySchema },
    answer: BudgetSchema,
    refusals: [400],
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
  '/{version}/{phone_number_id}/budget': { get: budget(true) },
  '/{phone_number_id}/budget': { get: budget(false) },
  '/{version}/{phone_number_id}/messages': { post: send(true) },
  '/{phone_number_id}/messages': { post: send(false) },
  '/{phone_number_id}/marketing_messages': {
    post: operation({
      id: 'sendMarketingMessage',
      tag: 'Messages',
      summary: 'Send a template',
      params: graph(false),
      body: SendTemplateRequestSchema,
      answer: SendMessageResponseSchema,
      refusals: [403],
    }),
  },
  ...GRAPH_PATHS,
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
    patch: operation({
      id: 'changeSession',
      tag: 'Sessions',
      summary: 'Change name, proxy or limits; a connected session goes over to its new proxy',
      params: sessionId,
      body: ChangeSessionRequestSchema,
      answer: SessionSchema,
      refusals: [404],
    }),
    delete: change('delete', 'Unlink the number and forget everything of it'),
  },
  '/sessions/{id}/qr': { get: qr },
  '/sessions/{id}/diagnostics': {
    get: operation({
      id: 'getDiagnostics',
      tag: 'Sessions',
      summary: 'How the session is doing inside its task; waits up to 10 s for the answer',
      params: sessionId,
      answer: DiagnosticsSchema,
      refusals: [404],
    }),
  },
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
  ...MEDIA_PATHS,
  ...WEBHOOK_PATHS,
  '/health': { get: health },
};
