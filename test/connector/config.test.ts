import { describe, expect, it } from 'vitest';
import { Env } from '#core/resource-names.ts';
import { readConfig } from '../../connector/config.ts';

const COMPLETE = {
  [Env.sessionsTable]: 'sessions',
  [Env.endpointsTable]: 'endpoints',
  [Env.answersTable]: 'answers',
  [Env.tasksTable]: 'tasks',
  [Env.authStateTable]: 'auth',
  [Env.messagesTable]: 'messages',
  [Env.limitsTable]: 'limits',
  [Env.mediaTable]: 'media',
  [Env.mediaBucket]: 'media-bucket',
  [Env.outboundQueueUrls]: 'http://127.0.0.1:1/0.fifo,http://127.0.0.1:1/1.fifo',
  [Env.eventsQueueUrl]: 'http://127.0.0.1:1/events.fifo',
  [Env.bulkQueueUrl]: 'http://127.0.0.1:1/bulk',
};

describe('readConfig', () => {
  it('reads the queues in shard order and leaves WhatsApp’s address to the engine', () => {
    const config = readConfig(COMPLETE);
    expect(config.outboundQueueUrls).toHaveLength(2);
    expect(config.whatsappUrl).toBeUndefined();
  });

  it('keeps message rows for a week at least: recipients ask for messages again that late', () => {
    expect(readConfig({ ...COMPLETE, [Env.messageRetentionDays]: '7' }).messageRetentionDays).toBe(7);
    expect(() => readConfig({ ...COMPLETE, [Env.messageRetentionDays]: '6' })).toThrow(Env.messageRetentionDays);
  });

  it('names each variable that is missing', () => {
    expect(() => readConfig({ ...COMPLETE, [Env.tasksTable]: '', [Env.bulkQueueUrl]: 'no url' })).toThrow(
      new RegExp(`${Env.tasksTable}[^]*${Env.bulkQueueUrl}|${Env.bulkQueueUrl}[^]*${Env.tasksTable}`),
    );
  });

  it.each([
    ['wss://whatsapp.example/ws', undefined, true],
    ['ws://127.0.0.1:9000/ws/chat', '1', true],
    ['ws://[::1]:9000/ws/chat', '1', true],
    ['ws://127.0.0.1:9000/ws/chat', undefined, false],
    ['ws://whatsapp.example/ws', '1', false],
    ['ws://127.0.0.1.example/ws', '1', false],
    ['https://whatsapp.example/', '1', false],
  ])('takes %s with POMBO_LOCAL=%s: %s', (url, local, taken) => {
    const read = () => readConfig({ ...COMPLETE, [Env.whatsappUrl]: url, ...(local && { [Env.local]: local }) });
    if (taken) expect(read().whatsappUrl?.href).toBe(url);
    else expect(read).toThrow();
  });
});
