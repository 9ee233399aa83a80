import type * as z from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { GraphErrorSchema } from '#core/contracts/api/errors.ts';

export type Parameters = ZodOpenApiOperationObject['requestParams'];

export const json = (schema: z.ZodType) => ({ 'application/json': { schema } });

const ERRORS = {
  400: 'The request is not valid; details names the field',
  401: 'No key, or one that is not ours',
  403: 'WhatsApp has banned the number',
  404: 'It does not exist, or the key may not see it',
  409: 'Its present state does not allow it',
  413: 'The body is larger than 4 MB',
  415: 'The body is not called JSON by its Content-Type',
  429: 'Over a limit; Retry-After and details say when the next may come',
  500: 'Something went wrong on our side',
  503: 'A part of the service did not answer; try again',
} as const;

/** Every operation with a body refuses these. */
const BODY_REFUSALS = [400, 413, 415] as const;

export const errors = (...statuses: readonly (keyof typeof ERRORS)[]) =>
  Object.fromEntries(
    statuses.map((status) => [status, { description: ERRORS[status], content: json(GraphErrorSchema) }]),
  );

interface Operation {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly params?: Parameters;
  readonly body?: z.ZodType;
  /** @default false */
  readonly mayLackBody?: boolean;
  readonly answer: z.ZodType;
  /** @default 200 */
  readonly status?: 200 | 201 | 202;
  readonly refusals?: readonly (keyof typeof ERRORS)[];
}

/** One operation with what every one of them may answer. */
export function operation({
  id,
  tag,
  summary,
  params,
  body,
  mayLackBody = false,
  answer,
  status = 200,
  refusals = [],
}: Operation): ZodOpenApiOperationObject {
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(params ? { requestParams: params } : {}),
    ...(body ? { requestBody: { required: !mayLackBody, content: json(body) } } : {}),
    responses: {
      [status]: { description: 'Done', content: json(answer) },
      ...errors(401, ...refusals, ...(body ? BODY_REFUSALS : []), 500, 503),
    },
  };
}
