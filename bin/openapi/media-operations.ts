import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import {
  MediaResponseSchema,
  MediaUploadFormSchema,
  MediaUploadRequestSchema,
  MediaUploadResponseSchema,
  PresignedUploadResponseSchema,
} from '#core/contracts/api/media.ts';
import { SuccessSchema } from '#core/contracts/api/sessions.ts';
import { errors, json, operation, type Parameters } from './operation.ts';

const phone: Parameters = {
  path: z.object({ phone_number_id: z.string().meta({ description: 'Session id', example: '100200300' }) }),
};
const media: Parameters = {
  path: z.object({ media_id: z.string().meta({ description: 'Media id', example: '44907093273840334907' }) }),
  query: z.object({
    phone_number_id: z.string().optional().meta({ description: 'Refuses the file of another number' }),
  }),
};

const upload: ZodOpenApiOperationObject = {
  ...operation({
    id: 'uploadMedia',
    tag: 'Media',
    summary: 'Upload a file of at most 4 MB in a form, or ask in JSON for an address that up to 100 MB may be put to',
    params: phone,
    answer: z.union([MediaUploadResponseSchema, PresignedUploadResponseSchema]),
    refusals: [400, 413, 415],
  }),
  requestBody: {
    required: true,
    content: { 'multipart/form-data': { schema: MediaUploadFormSchema }, ...json(MediaUploadRequestSchema) },
  },
};

const file: ZodOpenApiOperationObject = {
  operationId: 'getMediaFile',
  tags: ['Media'],
  summary: 'The url of GET /{media_id}: leads to the file for five minutes. HEAD works too',
  security: [],
  requestParams: { path: z.object({ token: z.string() }) },
  responses: {
    302: { description: 'Location has the file', headers: z.object({ location: z.url() }) },
    ...errors(404, 500, 503),
  },
};

/** Files. */
export const MEDIA_PATHS: ZodOpenApiPathsObject = {
  '/{phone_number_id}/media': { post: upload },
  '/{media_id}': {
    get: operation({
      id: 'getMedia',
      tag: 'Media',
      summary: 'What a file is, and an address that works for five minutes',
      params: media,
      answer: MediaResponseSchema,
      refusals: [400],
    }),
    delete: operation({
      id: 'deleteMedia',
      tag: 'Media',
      summary: 'Delete a file',
      params: media,
      answer: SuccessSchema,
      refusals: [400],
    }),
  },
  '/media/{token}': { get: file },
};
