import { ListExecutionsCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../local/receiver/receiver.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { isMessage, isStatus, linkSession, subscribe } from '../support/journey.ts';
import { type OperatorClients, operatorClients } from '../support/operator-clients.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo } from '../support/pombo.ts';

const SESSION = '100200300';
const OWN = '5511911112222';
const PERSON = '5511987654321';
const TEXTS = 24;
/** How often a client asks again that the gateway has refused. */
const ATTEMPTS = 40;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('an account whose quota of concurrent executions is small', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: Receiver;
  let aws: OperatorClients;
  let data: string;
  const refusals = new Set<string>();

  beforeEach(async () => {
    data = await newDataFolder();
    // A new account has 10; with two, a burst of this size is throttled for certain.
    pombo = await startPombo({ data, args: ['--account-concurrency', '2'] });
    phones = new SandboxClient(pombo.sandbox);
    aws = await operatorClients(data);
    receiver = await startReceiver({ port: 0, now: Date.now });
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
    await subscribe(pombo, receiver);
  }, 60_000);

  afterEach(async () => {
    aws.close();
    await pombo.stop();
    await receiver.close();
    await removeDataFolder(data);
  }, 60_000);

  /** As a careful client sends: what the gateway refuses is sent again. */
  async function send(text: string): Promise<string> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { status, body } = await pombo.call('POST', `/${SESSION}/messages`, {
        messaging_product: 'whatsapp',
        to: PERSON,
        text: { body: text },
      });
      if (status === 200) return String(at(body, 'messages', 0, 'id'));
      refusals.add(`${status} ${JSON.stringify(body)}`);
      await pause(Math.random() * 500);
    }
    throw new Error(`${text} was refused ${ATTEMPTS} times.`);
  }

  async function executions(): Promise<ReadonlySet<string | undefined>> {
    const { stateMachines: [machine] = [] } = await aws.states.send(new ListStateMachinesCommand({}));
    const { executions: found = [] } = await aws.states.send(
      new ListExecutionsCommand({ stateMachineArn: machine?.stateMachineArn, maxResults: 1000 }),
    );
    return new Set(found.map(({ status }) => status));
  }

  it('refuses a burst with the gateway’s own 503 and still delivers all that was accepted, retries included', async () => {
    receiver.answerWith(503);
    const texts = Array.from({ length: TEXTS }, (_, n) => `in ${n}`);
    const written = Promise.all(texts.map((text) => phones.write(PERSON, OWN, text)));
    const wamids = await Promise.all(texts.map((_, n) => send(`out ${n}`)));
    await written;
    // The first failures open the breaker; all others wait in the backlog, unsent.
    await receiver.waitFor(({ answered }) => answered === 503, 30_000);
    receiver.answerWith(200);
    for (const text of texts)
      await receiver.waitFor((arrival) => isMessage(text)(arrival) && arrival.answered === 200, 90_000);
    for (const wamid of wamids)
      await receiver.waitFor((arrival) => isStatus(wamid, 'sent')(arrival) && arrival.answered === 200, 90_000);
    expect([...refusals]).toEqual(['503 {"message":"Service Unavailable"}']);
    expect(await executions()).not.toContain('FAILED');
  }, 150_000);
});
