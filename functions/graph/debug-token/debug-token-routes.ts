import type { ApiKeyRepository } from '#core/adapters/dynamodb/api-key-repository.ts';
import { type DebugToken, DebugTokenQuerySchema } from '#core/contracts/api/graph/accounts.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { ApiKeyRow } from '#core/contracts/rows/account-row.ts';
import { hashApiKey, sameHash } from '#core/domain/api-key.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';

export interface DebugTokenDependencies {
  readonly keys: Pick<ApiKeyRepository, 'findApiKey'>;
}

/** What a key may do; clients look for both. */
const SCOPES = ['whatsapp_business_management', 'whatsapp_business_messaging'] as const;
/** Longest key that is worth a look, characters; ours have 54. */
const LONGEST_KEY = 1024;

/** GET /debug_token: whether a key works. One of another account is shown as one that does not. */
function makeDebugToken({ keys }: DebugTokenDependencies) {
  return async ({ query, caller }: GraphRequest): Promise<ApiResponse> => {
    const { input_token: token } = parseRequest(DebugTokenQuerySchema, Object.fromEntries(query));
    const hash = hashApiKey(token.slice(0, LONGEST_KEY));
    const row = await keys.findApiKey(hash);
    const own = row && sameHash(row.keyHash, hash) && row.accountId === caller.accountId ? row : undefined;
    const body: DebugToken = { data: own ? validToken(own) : INVALID };
    return { body };
  };
}

const INVALID: DebugToken['data'] = {
  is_valid: false,
  scopes: [],
  error: { code: 190, message: 'Invalid OAuth access token - Cannot parse access token' },
};

const validToken = ({ accountId, apiKeyId, name, createdAtMs }: ApiKeyRow): DebugToken['data'] => ({
  app_id: accountId,
  application: name,
  type: 'SYSTEM_USER',
  is_valid: true,
  expires_at: 0,
  data_access_expires_at: 0,
  issued_at: Math.floor(createdAtMs / 1000),
  scopes: [...SCOPES],
  granular_scopes: SCOPES.map((scope) => ({ scope, target_ids: [accountId] })),
  user_id: apiKeyId,
});

/** The one path whose first word is no object. */
export const debugTokenRoutes = (dependencies: DebugTokenDependencies): readonly GraphRoute[] => [
  { on: 'debug_token', method: 'GET', run: makeDebugToken(dependencies) },
];
