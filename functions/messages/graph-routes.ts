import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { GraphError, objectMissing } from '#core/domain/graph-error.ts';
import type { ApiRequest, Caller } from '../shared/api-request.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { ownSession } from '../shared/own-session.ts';
import { unknownPath, wrongMethod } from '../shared/router.ts';
import { parseGraphPath } from './graph-path.ts';
import type { makeSendMessage } from './send-message.ts';

/** Answers `[/vN.N]/{id}[/edge]` as Graph does, errors included. */
export function makeGraphRoutes(options: {
  readonly sessions: Pick<SessionRepository, 'get'>;
  readonly sendMessage: ReturnType<typeof makeSendMessage>;
}) {
  const { sessions, sendMessage } = options;
  return async (request: ApiRequest, caller: Caller): Promise<ApiResponse> => {
    const path = parseGraphPath(request.path);
    if (!path) throw noPath(request.path);
    const { id, edge } = path;
    if (edge === 'messages') {
      if (request.method !== 'POST') throw wrongMethod(request.method, ['POST']);
      return { body: await sendMessage({ ...request, caller, id }) };
    }
    await ownSession(sessions, { method: request.method, caller, id }, 400);
    if (edge !== undefined) throw unknownPath(`/${edge}`);
    throw objectMissing(`Object with ID '${id}'`, { status: 400, method: request.method });
  };
}

/** Graph takes a first word that is no id for the alias of an object, whatever comes behind it. */
function noPath(path: string): GraphError {
  const alias =
    path
      .replace(/^\/v\d+(\.\d+)?(?=\/)/, '')
      .split('/')[1]
      ?.slice(0, MOST_ECHOED) ?? '';
  const what = alias === '' ? 'This is no object' : `There is no object called ${alias}`;
  return new GraphError(803, `${what}. GET /docs shows what there is.`, {
    title: `Some of the aliases you requested do not exist: ${alias}`,
  });
}

/** Longest piece of the caller's own path that an error repeats, characters. */
const MOST_ECHOED = 40;
