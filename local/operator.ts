import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { makeAccountRepository } from '#core/adapters/dynamodb/account-repository.ts';
import { ensureLocalAccount } from '#core/adapters/local-account.ts';
import { type SessionRow, SessionRowSchema } from '#core/contracts/rows/session-row.ts';
import type { ApiKey } from '#core/domain/api-key.ts';
import { type Clock, systemClock } from '#core/domain/clock.ts';
import { OPERATOR_ACCESS_KEY } from './iam/iam.ts';
import type { Runner } from './runner.ts';
import { StartFailure } from './start-failure.ts';

/** What an operator with the account's own credentials can do past the API. */
export class Operator {
  readonly #client: DynamoDBClient;
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #outputs: Runner['outputs'];
  readonly #clock: Clock;

  constructor({ awsEndpoint, model, outputs }: Runner, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#client = new DynamoDBClient({
      endpoint: awsEndpoint,
      region: model.place.region,
      systemClockOffset: clock.now() - systemClock.now(),
      credentials: { accessKeyId: OPERATOR_ACCESS_KEY, secretAccessKey: OPERATOR_ACCESS_KEY },
    });
    this.#dynamo = DynamoDBDocumentClient.from(this.#client, { marshallOptions: { removeUndefinedValues: true } });
    this.#outputs = outputs;
  }

  /** Makes an API key usable, or a new one. Returns it. */
  async ensureApiKey(known: ApiKey | undefined): Promise<ApiKey> {
    const tableName = this.#table('AccountsTable');
    const accounts = makeAccountRepository({
      dynamo: this.#dynamo,
      tableName,
      clock: this.#clock,
      random: randomBytes,
    });
    return (await ensureLocalAccount(accounts, known)).apiKey;
  }

  /** All sessions of all accounts. */
  async sessions(): Promise<readonly SessionRow[]> {
    const rows: SessionRow[] = [];
    for await (const { Items = [] } of paginateScan(
      { client: this.#dynamo },
      { TableName: this.#table('SessionsTable') },
    ))
      for (const item of Items) rows.push(SessionRowSchema.parse(item));
    return rows;
  }

  close(): void {
    this.#client.destroy();
  }

  #table(output: string): string {
    const name = this.#outputs[output];
    if (name === undefined) throw new StartFailure(`The stack has no output ${output}: is it a Pombo of this release?`);
    return name;
  }
}

/** Name of the queue that the commands of a shard go through. */
export const outboundQueueOf = ({ model }: Pick<Runner, 'model'>, shard: number): string =>
  model.all('AWS::SQS::Queue').find(({ logicalId }) => logicalId.startsWith(`QueuesOutbound${shard}Queue`))?.name ?? '';
