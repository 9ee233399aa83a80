import type { ConnectorProcess } from '../../test/connector/connector-process.ts';
import type { Table } from '../report.ts';
import { PomboSide } from './pombo-side.ts';
import { quantile } from './process-meter.ts';
import { inParallel, newPerson, type Scene, seconds } from './scene.ts';

const NUMBERS = 80;
const PAIRINGS = 4;
/** Design D6, milliseconds. */
const GOAL = { failoverP50: 13_000, failoverP99: 20_000, handOverP95: 3000 };
const LOOK_MS = 50;

/** How long numbers are without an open line when their task dies, and when it leaves in good order. */
export async function failover(scene: Scene): Promise<Table> {
  const { bed, say } = scene;
  const count = scene.amount(NUMBERS);
  say(`Failover and hand-over of ${count} numbers …`);
  const first = await PomboSide.start(bed, { ...(await taskEnvironment(scene, 'first')), POMBO_LOG_LEVEL: 'info' });
  await inParallel(count, PAIRINGS, async () => first.link(await newPerson(scene)));

  const second = await bed.startConnector({ env: await taskEnvironment(scene, 'second') });
  await settled([first.connector, second], count);
  const handedAtMs = Date.now();
  await first.connector.kill('SIGTERM');
  const handOver = await gaps(first.connector, second, { sinceMs: handedAtMs });

  const third = await bed.startConnector({ env: await taskEnvironment(scene, 'third') });
  await settled([second, third], count);
  const killedAtMs = Date.now();
  const lost = openSessions(second);
  await second.kill('SIGKILL');
  const failed = await reopened(third, lost, killedAtMs);
  await third.kill('SIGTERM');
  await first.stop();

  const [p50, p99, p95] = [quantile(failed, 0.5), quantile(failed, 0.99), quantile(handOver, 0.95)];
  return {
    title: 'Failover and hand-over',
    how: `${count} numbers on two tasks. Killed: from kill -9 of one task until each of its ${failed.length} numbers is open on the other. Handed over: from the end of a number's line on the task that got SIGTERM until it is open on the other, for ${handOver.length} numbers.`,
    figures: [
      {
        what: 'task killed, p50',
        pombo: seconds(p50),
        goal: `≤ ${seconds(GOAL.failoverP50)}`,
        reached: p50 <= GOAL.failoverP50,
      },
      {
        what: 'task killed, p99',
        pombo: seconds(p99),
        goal: `≤ ${seconds(GOAL.failoverP99)}`,
        reached: p99 <= GOAL.failoverP99,
      },
      {
        what: 'task leaves, p95',
        pombo: seconds(p95),
        goal: `≤ ${seconds(GOAL.handOverP95)}`,
        reached: p95 <= GOAL.handOverP95,
      },
      { what: 'task leaves, longest', pombo: seconds(quantile(handOver, 1)) },
    ],
  };
}

const taskEnvironment = async ({ bed }: Scene, task: string): Promise<Record<string, string>> => ({
  ECS_CONTAINER_METADATA_URI_V4: await bed.metadata(task),
});

interface Line {
  readonly time: string;
  readonly sessionUid?: string;
  readonly status?: string;
  readonly message?: string;
}

const linesOf = ({ log }: ConnectorProcess): Line[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('{"') && line.includes('"sessionUid"'))
    .map((line) => JSON.parse(line) as Line);

/** Numbers whose latest word on this task is that they are open. */
function openSessions(connector: ConnectorProcess): Set<string> {
  const open = new Set<string>();
  for (const { sessionUid, status, message } of linesOf(connector)) {
    if (sessionUid === undefined) continue;
    if (status === 'open') open.add(sessionUid);
    else if (status !== undefined || message === 'connection closed') open.delete(sessionUid);
  }
  return open;
}

/** Resolves when the tasks have so many open numbers together, and each has some. */
async function settled(connectors: readonly ConnectorProcess[], count: number): Promise<void> {
  for (;;) {
    const sizes = connectors.map((connector) => openSessions(connector).size);
    if (sizes.every((size) => size > 0) && sizes.reduce((sum, size) => sum + size, 0) >= count) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function reopened(connector: ConnectorProcess, lost: Set<string>, sinceMs: number): Promise<number[]> {
  for (;;) {
    const times = [...lost].map((uid) => openedAt(connector, uid, sinceMs));
    if (times.every((time) => time !== undefined)) return times.map((time) => time - sinceMs);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** For each number that the first task had: from its last closed line there to its open one on the other. */
async function gaps(
  from: ConnectorProcess,
  to: ConnectorProcess,
  { sinceMs }: { readonly sinceMs: number },
): Promise<number[]> {
  const closed = new Map<string, number>();
  for (const { sessionUid, message, time } of linesOf(from))
    if (sessionUid !== undefined && message === 'connection closed' && Date.parse(time) >= sinceMs)
      closed.set(sessionUid, Date.parse(time));
  for (;;) {
    const times = [...closed].map(([uid, atMs]) => [openedAt(to, uid, sinceMs), atMs] as const);
    if (times.every(([opened]) => opened !== undefined)) return times.map(([opened, atMs]) => Number(opened) - atMs);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function openedAt(connector: ConnectorProcess, uid: string, sinceMs: number): number | undefined {
  const line = linesOf(connector).find(
    ({ sessionUid, status, time }) => sessionUid === uid && status === 'open' && Date.parse(time) >= sinceMs,
  );
  return line && Date.parse(line.time);
}
