import type { AccountRepository } from '#core/adapters/dynamodb/account-repository.ts';
import type { AccountResource } from '#core/contracts/api/graph/accounts.ts';
import { objectMissing } from '#core/domain/graph-error.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import { selectFields } from '../fields.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';
import { ownAccount } from '../own-account.ts';

export interface AccountDependencies {
  readonly accounts: Pick<AccountRepository, 'getAccount'>;
}

/** Meta's number of the time zone UTC. */
const UTC = '0';
/** What Meta shows when nobody says. */
const DEFAULT_FIELDS = ['id', 'name', 'timezone_id', 'message_template_namespace'] as const;

/** GET /{account}, also as GET /me. */
function makeGetAccount({ accounts }: AccountDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const id = ownAccount(request);
    const row = await accounts.getAccount(id);
    if (!row) throw objectMissing(`Object with ID '${id}'`, { status: 400, method: request.method });
    const account: Required<AccountResource> = {
      id,
      name: row.name,
      timezone_id: UTC,
      message_template_namespace: `pombo_${id}`,
      account_review_status: 'APPROVED',
      business_verification_status: 'UNVERIFIED',
      ownership_type: 'SELF_OWNED',
    };
    return { body: selectFields(account, request.query.get('fields') ?? undefined, DEFAULT_FIELDS) };
  };
}

/** The account as Meta's WhatsApp Business account. */
export const accountRoutes = (dependencies: AccountDependencies): readonly GraphRoute[] => [
  { on: 'account', method: 'GET', run: makeGetAccount(dependencies) },
];
