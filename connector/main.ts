import './silence-console.ts';
import { closeSync, openSync, utimesSync } from 'node:fs';
import { systemClock } from '#core/domain/clock.ts';
import { Metric } from '#core/observability/metrics.ts';
import { makeTaskClient } from './aws-clients.ts';
import { readConfig } from './config.ts';
import { makeConnector, newIncarnation } from './connector.ts';
import { keepTrying } from './keep-trying.ts';
import { makeCounters } from './observability/counters.ts';
import { makeLogger } from './observability/logger.ts';
import { makeTracker } from './observability/tracker.ts';
import { currentSession } from './sessions/session-identity.ts';
import { makeLeaseTable } from './shards/lease-table.ts';
import { ShardKeeper } from './shards/shard-keeper.ts';
import { SelfFence } from './task/self-fence.ts';
import { readTaskId } from './task/task-id.ts';
import { TaskMembership } from './task/task-membership.ts';
import { makeTaskTable } from './task/task-table.ts';

const config = readConfig();
const clock = systemClock;
const tracker = makeTracker(config, clock);
const logger = makeLogger({
  level: config.logLevel,
  version: config.version,
  ...(tracker && { onError: tracker.report }),
});
const counters = makeCounters({ clock, write: (line) => void process.stdout.write(`${line}\n`) });
const exitFenced = (): void => {
  logger.error('another task took over');
  process.exit(1);
};
const fence = new SelfFence({ clock, onLost: exitFenced });
const connector = makeConnector({ config, clock, logger, counters, fence, random: Math.random, taskId: () => taskId });
const stopping = new AbortController();

/** Called from the event loop, so the file's age is the event loop's. */
const touchHeartbeat = (): void => {
  closeSync(openSync(config.heartbeatFile, 'a'));
  const nowS = clock.now() / 1000;
  utimesSync(config.heartbeatFile, nowS, nowS);
};

/** A crash is what an error tracker is for: two seconds at most. */
const exitCrashed = async (): Promise<void> => {
  try {
    await tracker?.settled();
  } finally {
    process.exit(1);
  }
};

process.once('SIGTERM', () => stopping.abort());
process.once('SIGINT', () => stopping.abort());
process.on('unhandledRejection', (error) => {
  const sessionUid = currentSession.getStore();
  logger.error({ error, sessionUid }, 'nobody caught a rejection');
  if (sessionUid !== undefined) connector.shards.recycle(sessionUid);
});
process.on('uncaughtException', (error) => {
  const sessionUid = currentSession.getStore();
  logger.error({ error, sessionUid }, 'nobody caught an error');
  if (sessionUid !== undefined) connector.shards.recycle(sessionUid);
  else void exitCrashed();
});

touchHeartbeat();
const persistence = { clock, onFailure: (error: unknown) => logger.warn({ error }, 'task can not enter yet') };
const taskId = await keepTrying(persistence, () => readTaskId(config));
const incarnation = newIncarnation();
const dynamo = makeTaskClient();
const tasks = makeTaskTable({ dynamo, tableName: config.tasksTable });
const shards = config.outboundQueueUrls.length;
const membership = new TaskMembership({
  table: tasks,
  taskId,
  incarnation,
  version: config.version,
  shards,
  clock,
  logger,
  vitals: () => ({ memoryBytes: process.memoryUsage.rss(), sessionsOpen: connector.shards.count('open') }),
  onTurn: touchHeartbeat,
  onSilent: (ms) => counters.add(Metric.taskSilent, Math.round(ms)),
  fence,
});
const keeper = new ShardKeeper({
  me: { taskId, incarnation },
  leases: makeLeaseTable({ dynamo, tableName: config.tasksTable, shards }),
  tasks,
  membership,
  host: connector.shards,
  fence,
  counters,
  clock,
  logger,
});
await keepTrying(persistence, () => membership.enter());
logger.info('task entered');
keeper.start();
await new Promise<void>((resolve) => {
  if (stopping.signal.aborted) resolve();
  else stopping.signal.addEventListener('abort', () => resolve(), { once: true });
});
logger.info('task stops');
await keeper.leave();
connector.close();
await membership.leave();
counters.stop();
logger.info('task has left');
// Sockets of the SDK stay open for a while; everything that matters is done.
process.exit(0);
