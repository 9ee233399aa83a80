import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Gate, sourceFiles } from './gate.ts';

/** What reads the machine's clock or rolls its dice, as text of code. */
const SOURCES: readonly RegExp[] = [
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /(?<![\w.])Date\(\s*\)/,
  /\bperformance\.(now|timeOrigin)\b/,
  /\bprocess\.(hrtime|uptime)\b/,
  /(?<![\w.])set(Timeout|Interval)\s*\(/,
  /\bAbortSignal\.timeout\b/,
  /['"](node:)?timers(\/promises)?['"]/,
  /\bMath\.random\b/,
];

/** The clock of the machine where no handler or task starts: who uses it can't be put on a virtual one. */
const MACHINE_CLOCK = /\bsystemClock\b/;

/** Files that may, and why. Whoever takes a `Clock` needs no entry. */
export const EXEMPT: Readonly<Record<string, string>> = {
  'core/domain/clock.ts': 'is the clock of the machine',
  'connector/main.ts': 'composes the connector; its guard against old clocks runs before',
  'connector/healthcheck.mjs': 'a process of its own that ECS starts beside the connector',
  'connector/task/task-id.ts': 'a real socket to the task metadata, before the clock is there',
  'local/clock/activity.ts': 'turns of the real event loop, while the virtual time stands still',
  'local/clock/virtual-time-globals.ts': 'replaces the globals',
  'local/launch.mjs': 'runs before there is TypeScript, with nothing of Pombo',
  'local/alarms/task-meter.ts': 'the processor time of real processes is measured against real time',
  'local/ecs/container.ts': 'how long a real process may take to end',
  'local/main.ts': 'composes the runner',
  'local/start-pombo.ts': 'composes the runner',
  'local/operator.ts': 'the clock of whoever runs Pombo, unless another is passed in',
  'local/runner.ts': 'how long a stop may take: the virtual time stands still then',
  'local/http-api/http-api.ts': 'how long a stop may take: the virtual time stands still then',
  'local/lambda/function-pool.ts': 'how many real threads work side by side; results do not depend on it',
  'local/lambda/sandbox-worker.ts': 'runs inside the virtual time, whose globals are replaced before',
  'local/dynamodb/dynoxide-process.ts': 'waits for a real process to listen',
  'local/dynamodb/dynamo-service.ts':
    'measures how far the clock is from that of the process behind, to correct its times',
  'local/sns/delivery.ts': 'a real request to a subscriber may hang',
  'local/states/step-functions.ts': 'composes the engine: the dice of Step Functions, which tests replace',
  'local/receiver/receiver.ts': "a developer's tool outside Pombo; its time-out is of the one who waits",
  'local/receiver/main.ts': "a developer's tool outside Pombo",
};

/** Folders whose parts run on one virtual clock. */
const FOLDERS = ['core', 'functions', 'connector', 'local'];

/** Nothing in the product or its emulators reads the machine's clock or dice past the composition roots. */
export const timeAndChanceGate: Gate = {
  name: 'time and chance',
  async run(root) {
    const used = new Set<string>();
    const findings = sourceFiles(root, FOLDERS).flatMap((file) => {
      const found = findingsIn(file, readFileSync(path.join(root, file), 'utf8'));
      if (EXEMPT[file] === undefined) return found;
      if (found.length > 0) used.add(file);
      return [];
    });
    const idle = Object.keys(EXEMPT).filter((file) => !used.has(file));
    return [...findings, ...idle.map((file) => `${file}: needs no exemption from time and chance any more`)];
  },
};

function findingsIn(file: string, text: string): string[] {
  // Functions compose themselves in their module, and the runner replaces the globals that this clock reads.
  const patterns = file.startsWith('functions/') ? SOURCES : [...SOURCES, MACHINE_CLOCK];
  return text.split('\n').flatMap((line, index) => {
    const code = line.replace(/^\s*(\/?\*|\/\/).*$/, '').replace(/\s\/\/ .*$/, '');
    const found = patterns.map((pattern) => pattern.exec(code)?.[0]).find((word) => word !== undefined);
    return found === undefined
      ? []
      : [`${file}:${index + 1}: ${found.trim()} is past the clock or the dice that are passed in`];
  });
}
