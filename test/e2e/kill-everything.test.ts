import { ListExecutionsCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../local/receiver/receiver.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { expectHiddenToCome, expectState, leaveState } from '../support/cloud-state.ts';
import { isMessage, isStatus, linkSession, sendText, subscribe } from '../support/journey.ts';
import { type OperatorClients, operatorClients } from '../support/operator-clients.ts';
import { newDataFolder, type Pombo, removeDataFolder, startPombo } from '../support/pombo.ts';

const SESSION = '100200300';
const OWN = '5511911112222';
const PERSON = '5511987654321';
const ABSENT = '5511987654322';

/** Five texts a second in each direction. */
const LOAD_EVERY_MS = 200;
/** The kill comes at a random moment of the load's second and third second. */
const KILL_AFTER_MS = 1000;
const KILL_WITHIN_MS = 2000;
/** What was in the connector's hands is visible again 30 s after it was received. */
const ARRIVES_WITHIN_MS = 45_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('kill -9 of everything', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: Receiver;
  let aws: OperatorClients;
  let data: string;

  const start = async (): Promise<void> => {
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    aws = await operatorClients(data);
  };

  beforeEach(async () => {
    data = await newDataFolder();
    await start();
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

  /** Texts in both directions until the kill. Resolves with those that were accepted. */
  async function load(until: AbortSignal): Promise<{ out: Map<string, string>; in: string[] }> {
    const accepted = { out: new Map<string, string>(), in: [] as string[] };
    const work: Promise<unknown>[] = [];
    for (let n = 0; !until.aborted; n++) {
      const outbound = sendText(pombo, SESSION, PERSON, `out ${n}`).then((wamid) => {
        if (wamid.startsWith('wamid.')) accepted.out.set(`out ${n}`, wamid);
      });
      const inbound = phones.write(PERSON, OWN, `in ${n}`).then(() => accepted.in.push(`in ${n}`));
      // What the kill interrupts was never accepted.
      work.push(...[outbound, inbound].map((each) => each.catch(() => undefined)));
      await pause(LOAD_EVERY_MS);
    }
    await Promise.all(work);
    return accepted;
  }

  /** A delivery that is refused twice: its execution waits five seconds then. */
  async function leaveWaitingRetry(): Promise<void> {
    receiver.answerWith(503);
    await phones.write(PERSON, OWN, 'refused');
    await receiver.waitFor(
      (arrival) => isMessage('refused')(arrival) && receiver.arrivals.filter(isMessage('refused')).length >= 2,
    );
    receiver.answerWith(200);
  }

  async function leaveUndeliveredText(): Promise<void> {
    await phones.createPerson({ number: ABSENT, name: 'Ausente' });
    await phones.offline(ABSENT);
    const wamid = await sendText(pombo, SESSION, ABSENT, 'for later');
    await receiver.waitFor(isStatus(wamid, 'sent'));
  }

  async function executions(): Promise<readonly (string | undefined)[]> {
    const { stateMachines = [] } = await aws.states.send(new ListStateMachinesCommand({}));
    const retry = stateMachines.find(({ name }) => name?.includes('WebhookRetry'));
    const { executions: found = [] } = await aws.states.send(
      new ListExecutionsCommand({ stateMachineArn: retry?.stateMachineArn }),
    );
    return found.map(({ status }) => status);
  }

  const arrivalsOf = (text: string): readonly unknown[] =>
    receiver.arrivals.filter(isMessage(text)).map(({ headers }) => headers['webhook-id']);

  it('loses nothing that was accepted and doubles nothing', async () => {
    await leaveUndeliveredText();
    const state = await leaveState(aws);
    await leaveWaitingRetry();
    const killing = new AbortController();
    const loading = load(killing.signal);
    await pause(KILL_AFTER_MS + Math.random() * KILL_WITHIN_MS);
    expect(await executions()).toContain('RUNNING');
    aws.close();
    // Runner, sandbox, DynamoDB with its guard, connector.
    expect(await pombo.killEverything()).toBeGreaterThanOrEqual(5);
    killing.abort();
    const accepted = await loading;
    expect(accepted.out.size).toBeGreaterThan(2);
    expect(accepted.in.length).toBeGreaterThan(2);

    await start();
    await expectState(aws, state);
    const hidden = expectHiddenToCome(aws, state);
    for (const [text, wamid] of accepted.out) {
      await phones.waitForMessage(PERSON, (message) => message.text === text, ARRIVES_WITHIN_MS);
      await receiver.waitFor(isStatus(wamid, 'sent'), ARRIVES_WITHIN_MS);
    }
    for (const text of accepted.in) await receiver.waitFor(isMessage(text), ARRIVES_WITHIN_MS);
    const bubbles = (await phones.messages(PERSON, { from: OWN })).map(({ text }) => text);
    expect(bubbles).toHaveLength(new Set(bubbles).size);
    for (const text of accepted.in) expect(new Set(arrivalsOf(text)).size).toBe(1);

    await receiver.waitFor((arrival) => isMessage('refused')(arrival) && arrival.answered === 200, ARRIVES_WITHIN_MS);
    expect(await phones.messages(ABSENT)).toEqual([]);
    await phones.online(ABSENT);
    await phones.waitForMessage(ABSENT, ({ text }) => text === 'for later');

    const wamid = await sendText(pombo, SESSION, PERSON, 'afterwards');
    await receiver.waitFor(isStatus(wamid, 'delivered'));
    await phones.write(PERSON, OWN, 'and back');
    await receiver.waitFor(isMessage('and back'));
    await hidden;
    expect(await executions()).not.toContain('FAILED');
  }, 110_000);
});
