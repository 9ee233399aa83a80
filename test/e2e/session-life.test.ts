import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { OutboundCommand } from '#core/contracts/outbound-command.ts';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema, StanzaIdSchema } from '#core/domain/ids.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import { type Receiver, startReceiver } from '../../local/receiver/receiver.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { bodyOf, change, isMessage, isStatus, linkSession, sendText, subscribe } from '../support/journey.ts';
import { type OperatorClients, operatorClients } from '../support/operator-clients.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo, until } from '../support/pombo.ts';

const SESSION = '100200300';
const OWN = '5511911112222';
const PERSON = '5511987654321';

describe('the life of a session', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: Receiver;
  let aws: OperatorClients;
  let data: string;

  beforeAll(async () => {
    data = await newDataFolder();
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    aws = await operatorClients(data);
    receiver = await startReceiver({ port: 0, now: Date.now });
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
    await subscribe(pombo, receiver);
  }, 90_000);

  afterAll(async () => {
    aws.close();
    await pombo.stop();
    await receiver.close();
    await removeDataFolder(data);
  }, 60_000);

  const reaches = (status: string): Promise<unknown> =>
    until(pombo, `/sessions/${SESSION}`, (body) => at(body, 'status') === status);

  it('is listed, stops and starts again with its link', async () => {
    const { body } = await pombo.call('GET', '/sessions');
    expect(at(body, 'data', 0, 'id')).toBe(SESSION);
    expect((await pombo.call('POST', `/sessions/${SESSION}/stop`)).status).toBe(200);
    await reaches('stopped');
    expect((await pombo.call('POST', `/sessions/${SESSION}/start`)).status).toBe(200);
    await reaches('open');
    await phones.write(PERSON, OWN, 'de volta');
    await receiver.waitFor(isMessage('de volta'));
  });

  it('has webhooks of its own that are shown, and dropped when they are deleted', async () => {
    const created = await pombo.call('POST', '/webhooks', { url: receiver.url, session: SESSION });
    const id = String(at(created.body, 'id'));
    const shown = await pombo.call('GET', `/webhooks/${id}`);
    expect(shown.body).toMatchObject({ id, url: receiver.url });
    expect(at(shown.body, 'secret')).toBeUndefined();
    const list = await pombo.call('GET', '/webhooks');
    expect(at(list.body, 'data')).toHaveLength(2);
    expect((await pombo.call('DELETE', `/webhooks/${id}`)).status).toBe(200);
    expect((await pombo.call('GET', `/webhooks/${id}`)).status).toBe(404);
  });

  it('says which of our messages a person has answered', async () => {
    const wamid = await sendText(pombo, SESSION, PERSON, 'pergunta');
    const shown = await phones.waitForMessage(PERSON, (message) => message.text === 'pergunta');
    await phones.reply(PERSON, OWN, 'resposta', shown.id);
    const arrival = await receiver.waitFor(isMessage('resposta'));
    expect(change(arrival)).toMatchObject({ messages: [{ context: { id: wamid } }] });
  });

  it('gives a refused webhook to the retry machine, which delivers it', async () => {
    receiver.answerWith(503);
    await phones.write(PERSON, OWN, 'recusada');
    await receiver.waitFor(isMessage('recusada'));
    receiver.answerWith(200);
    const taken = await receiver.waitFor((arrival) => isMessage('recusada')(arrival) && arrival.answered === 200);
    expect(at(change(taken), 'messages', 0, 'text', 'body')).toBe('recusada');
  }, 30_000);

  it('says of a message that the connector could not finish that it failed', async () => {
    const wamid = await deadCommand();
    const failed = await receiver.waitFor(isStatus(wamid, 'failed'));
    expect(change(failed)).toMatchObject({ statuses: [{ errors: [{ code: 131000 }] }] });
  });

  it('asks for a new link after a logout, and inherits nothing when it is made anew', async () => {
    expect((await pombo.call('POST', `/sessions/${SESSION}/logout`)).status).toBe(200);
    await reaches('logged_out');
    await pombo.call('POST', '/webhooks', { url: receiver.url, session: SESSION });
    expect((await pombo.call('DELETE', `/sessions/${SESSION}`)).status).toBe(200);
    expect((await pombo.call('GET', `/sessions/${SESSION}`)).status).toBe(404);
    expect(at((await pombo.call('GET', '/webhooks')).body, 'data')).toHaveLength(1);
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
    const wamid = await sendText(pombo, SESSION, PERSON, 'número novo');
    await receiver.waitFor(isStatus(wamid, 'delivered'));
    const update = await receiver.waitFor(
      (arrival) => at(bodyOf(arrival), 'entry', 0, 'changes', 0, 'field') === 'session_update',
    );
    expect(change(update)).toMatchObject({ session: { id: SESSION } });
  }, 40_000);

  /** As SQS redrives a command after its tenth receive; nothing that a client can say makes one. Resolves with its wamid. */
  async function deadCommand(): Promise<string> {
    const { QueueUrls = [] } = await aws.sqs.send(new ListQueuesCommand({}));
    const { TableNames = [] } = await aws.dynamo.send(new ListTablesCommand({}));
    const { Items = [] } = await DynamoDBDocumentClient.from(aws.dynamo).send(
      new ScanCommand({ TableName: TableNames.find((name) => name.includes('DataSessions')) }),
    );
    const session = z
      .object({ accountId: AccountIdSchema, sessionId: SessionIdSchema, sessionUid: SessionUidSchema })
      .parse(Items[0]);
    const stanzaId = StanzaIdSchema.parse('3EB0DEAD');
    const wamid = formatWamid({ sessionUid: session.sessionUid, direction: 'out', stanzaId });
    const command: OutboundCommand = {
      ...session,
      version: 1,
      type: 'message.send',
      acceptedAtMs: Date.now(),
      stanzaId,
      wamid,
      to: { type: 'individual', phone: PERSON },
      content: { type: 'text', text: { body: 'nunca saiu', previewUrl: false } },
    };
    await aws.sqs.send(
      new SendMessageCommand({
        QueueUrl: QueueUrls.find((url) => url.includes('OutboundDeadLetters')),
        MessageBody: JSON.stringify(command),
        MessageGroupId: 'dead',
        MessageDeduplicationId: stanzaId,
      }),
    );
    return wamid;
  }
});
