import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Check, failed, held, open } from './check.ts';

/** Two lanes of webhooks with three batches each, the dead commands, and some calls of the API at the same time. */
const LEAST_CONCURRENCY = 10;
/** What AWS gives an account with a history, and what to ask for. */
const USUAL_CONCURRENCY = 1_000;

const lambdaConcurrency: Check = {
  name: "the account's quota of concurrent functions leaves room",
  async run({ target, isLocal }) {
    if (isLocal) return open('the runner has no account');
    const lambda = new LambdaClient(target.aws);
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    const quota = AccountLimit?.ConcurrentExecutions ?? 0;
    if (quota < LEAST_CONCURRENCY) return failed(`it is ${quota}; at least ${LEAST_CONCURRENCY} are needed`);
    return quota < USUAL_CONCURRENCY
      ? open(`it is ${quota}: enough to begin. Ask for ${USUAL_CONCURRENCY} (Service Quotas, Lambda, L-B99A9384)`)
      : held(`${quota}`);
  },
};

const byHand = (name: string, detail: string): Check => ({ name, run: async () => open(detail) });

/** What only the account and the real WhatsApp can show. */
export const ACCOUNT_CHECKS: readonly Check[] = [
  lambdaConcurrency,
  byHand(
    'SQS takes what you will send',
    'FIFO high throughput is per queue and region: look up "Transactions per second for FIFO high throughput" in Service Quotas; 8 shards rarely reach it',
  ),
  byHand(
    'a message that is sent twice with one stanza id shows as one bubble on a real phone',
    'stop the connector task in the ECS console right after a send, several times; the recipient must never see a message twice',
  ),
];
