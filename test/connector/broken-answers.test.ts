import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAwsClients, makeTaskClient } from '../../connector/aws-clients.ts';
import { stubAws } from '../support/stubbed-aws.ts';

const NEVER_SILENT = { silent: false, lifted: () => Promise.resolve() };
const ANSWER = JSON.stringify({ Item: { pk: { S: 'a' }, name: { S: 'Ana' } } });
const question = () => new GetItemCommand({ TableName: 'events', Key: { pk: { S: 'a' } } });

/** What becomes of each request, in order. */
let fates: ('answered' | 'broken off' | 'forgotten')[];
let asked: number;

let end: () => void;

beforeAll(async () => {
  end = await stubAws((request, response) => {
    request.resume();
    const fate = fates[asked++] ?? 'answered';
    if (fate === 'forgotten') return;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': ANSWER.length });
    if (fate === 'answered') response.end(ANSWER);
    else response.write(ANSWER.slice(0, 10), () => setImmediate(() => response.destroy()));
  });
});
afterAll(() => end());

describe('the connector’s requests to AWS', () => {
  it('are made again when their answer breaks off in the middle', async () => {
    [fates, asked] = [['broken off'], 0];
    const { Item } = await makeAwsClients(NEVER_SILENT).rawDynamo.send(question());
    expect(Item?.['name']?.S).toBe('Ana');
    expect(asked).toBe(2);
  });

  it('are made again when nobody answers them', async () => {
    [fates, asked] = [['forgotten'], 0];
    const { Item } = await makeAwsClients(NEVER_SILENT).rawDynamo.send(question());
    expect(Item?.['name']?.S).toBe('Ana');
    expect(asked).toBe(2);
  });

  it('give up a heartbeat that nobody answers after two attempts of a second', async () => {
    [fates, asked] = [['forgotten', 'forgotten'], 0];
    await expect(
      makeTaskClient().send(new GetCommand({ TableName: 'tasks', Key: { taskId: 'a' } })),
    ).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(asked).toBe(2);
  });
});
