import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { ApiRequest, Caller } from '../shared/api-request.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import type { GraphObject } from './graph-object.ts';

export interface GraphRequest extends ApiRequest {
  readonly caller: Caller;
  /** As it stands in the path: digits. */
  readonly id: string;
  /** Of the path, `v23.0`; undefined where the client left it out. */
  readonly version: string | undefined;
  /**
   * The session that a phone number id means: one read, at the first call.
   * @throws GraphError 100/33, the same for an id that does not exist and for one of another account
   */
  readonly session: () => Promise<SessionRow>;
}

/** One row of the table of Graph-shaped paths: `[/vN.N]/{id}[/edge]`. */
export interface GraphRoute {
  readonly on: GraphObject;
  /** Undefined: the object itself. */
  readonly edge?: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly run: (request: GraphRequest) => Promise<ApiResponse>;
}
