import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Ends a process when the one that spawned it dies, however it dies (util-linux; part of every Debian). */
const SETPRIV = '/usr/bin/setpriv';
const GUARD = new URL('./child-guard.ts', import.meta.url).href;

export interface TiedChildOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where a virtual clock is at work: a further module that is imported first. */
  readonly preload?: string | undefined;
}

/**
 * Starts a command that does not outlive this process. `node` means this Node.js. Two ropes hold it: the kernel's parent
 * death signal where there is one, which a busy event loop can't miss, and a module inside the child that ends it when
 * the channel to the parent closes.
 */
export function spawnTied(command: readonly string[], options: TiedChildOptions): ChildProcess {
  const [first = '', ...rest] = command;
  const preloads = [GUARD, options.preload].flatMap((module) => (module === undefined ? [] : ['--import', module]));
  const isNode = path.basename(first) === 'node';
  const words = isNode ? [process.execPath, ...preloads, ...rest] : [first, ...rest];
  const [program = '', ...args] = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--', ...words] : words;
  return spawn(program, args, {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A process group of its own: Ctrl-C in the terminal goes to the runner, which ends its parts in order.
    detached: true,
  });
}
