// The first file that runs after a clone: plain JavaScript that any Node from 18 on understands, because what it starts
// (TypeScript, Node 24) is only there after the install that it does.
//
//   node local/launch.mjs start [options]     installs what is missing, starts Pombo on this machine
//   node local/launch.mjs test                installs what is missing, runs the static checks and all tests
//   node local/launch.mjs chaos [files]       installs what is missing, runs the fault tests at full length (an hour)
//   node local/launch.mjs run <file> [args]   installs what is missing, runs one TypeScript file

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const hiddenLockfile = path.join(modules, '.package-lock.json');
/** Held while this copy of Pombo is being installed; outside of node_modules, which `npm ci` empties. */
const installLock = path.join(
  tmpdir(),
  `pombo-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`,
);
const INSTALL_LOOK_MS = 200;
const NODE_MAJOR = 24;

/** Runs a command on the user's terminal; stdout of the install goes to stderr, so that `--json` stays one line. */
function run(command, args, { stdoutToStderr = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['inherit', stdoutToStderr ? 2 : 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, PATH: [path.join(modules, '.bin'), process.env.PATH].join(path.delimiter) },
    });
    // Ctrl-C reaches the whole process group; the child decides when it is done, we only pass on what comes to us alone.
    const ignore = () => {};
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', ignore);
    process.on('SIGTERM', pass);
    child.on('error', (error) => {
      process.stderr.write(`Could not run ${command}: ${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code, signal) => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Whether node_modules holds what the lockfile says; npm keeps its own account of that in a hidden lockfile. */
function isInstalled() {
  if (!existsSync(hiddenLockfile)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const there = JSON.parse(readFileSync(hiddenLockfile, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([name, { version, optional }]) => name === '' || (there[name] ? there[name].version === version : optional),
  );
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two installs at once into one folder break both: the second waits for the first. */
async function takeInstallLock() {
  for (let told = false; ; told = true) {
    try {
      writeFileSync(installLock, String(process.pid), { flag: 'wx' });
      process.once('exit', () => rmSync(installLock, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = existsSync(installLock) ? Number(readFileSync(installLock, 'utf8')) : 0;
    if (holder > 0 && !isRunning(holder)) rmSync(installLock, { force: true });
    else {
      if (!told) process.stderr.write('Another command installs what is missing; waiting for it …\n');
      await new Promise((resolve) => setTimeout(resolve, INSTALL_LOOK_MS));
    }
  }
}

async function install() {
  if (isInstalled()) return;
  await takeInstallLock();
  if (!isInstalled()) await runNpm();
  rmSync(installLock, { force: true });
}

async function runNpm() {
  process.stderr.write('Installing what is missing (npm ci, about half a minute) …\n');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-fund', '--no-audit', '--loglevel=error'];
  const code = npm
    ? await run(process.execPath, [npm, ...args], { stdoutToStderr: true })
    : await run('npm', args, { stdoutToStderr: true });
  if (code !== 0) {
    process.stderr.write('The install failed. Is the npm registry reachable? Then run the same command again.\n');
    process.exit(code);
  }
}

/** Node 24 comes from a platform package of the lockfile; elsewhere the system's own must do. */
function node24() {
  const packaged = path.join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
  process.stderr.write(
    `Pombo needs Node ${NODE_MAJOR}. It brings its own on Linux x64 and arm64; on ${process.platform} ${process.arch} ` +
      `install Node ${NODE_MAJOR} (this is ${process.version}) and run the same command again.\n`,
  );
  process.exit(1);
}

/** vitest's summary as one plain line, which every CI understands. */
function tally(reportFile) {
  if (!existsSync(reportFile)) return;
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(reportFile, 'utf8'));
  process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped\n`);
}

/** Fault tests with a long form. One after the other: each wants the whole machine. */
const FAULT_TESTS = [
  'test/chaos',
  'test/connector/failover.test.ts',
  'test/connector/hand-over.test.ts',
  'test/connector/split-brain.test.ts',
  'test/connector/mass-reconnect.test.ts',
  'test/connector/auth-state/ledger-bound.test.ts',
  'test/core/adapters/operator-notices.test.ts',
  '--no-file-parallelism',
];

/** Lets the tests write down which grants of the template they use, for `npm run grants`. */
function recordGrants() {
  const record = path.join(modules, '.cache', 'pombo-used-grants.txt');
  mkdirSync(path.dirname(record), { recursive: true });
  rmSync(record, { force: true });
  process.env.POMBO_IAM_RECORD = record;
}

async function test(args) {
  const node = node24();
  const checked = args.length > 0 ? 0 : await run(node, ['bin/check.ts']);
  if (checked !== 0) return checked;
  const folder = mkdtempSync(path.join(tmpdir(), 'pombo-test-'));
  if (args.length === 0) recordGrants();
  const report = path.join(folder, 'report.json');
  const vitest = path.join(modules, 'vitest', 'vitest.mjs');
  const code = await run(node, [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
    ...args,
  ]);
  tally(report);
  rmSync(folder, { recursive: true, force: true });
  return code;
}

const [command = '', ...args] = process.argv.slice(2);
const commands = {
  start: () => run(node24(), ['local/main.ts', ...args]),
  test: () => test(args),
  chaos: () => {
    process.env.POMBO_CHAOS = 'full';
    return test(args.length > 0 ? args : FAULT_TESTS);
  },
  run: () => run(node24(), args),
};
if (!Object.hasOwn(commands, command)) {
  process.stderr.write('Usage: node local/launch.mjs start|test|chaos|run\n');
  process.exit(1);
}
await install();
// Modules stay compiled: a process that loads all of the connector's starts in two thirds of the time.
process.env.NODE_COMPILE_CACHE ??= path.join(modules, '.cache', 'compile');
process.exitCode = await commands[command]();
