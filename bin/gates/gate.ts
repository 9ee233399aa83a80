import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The repository whose tools are used, whatever tree they look at. */
const TOOLS = path.resolve(import.meta.dirname, '../../node_modules');

/** One thing that a change may not break. */
export interface Gate {
  readonly name: string;
  /**
   * Looks at the tree below `root`.
   * @returns what is wrong, one finding per element; empty: nothing is
   */
  readonly run: (root: string) => Promise<readonly string[]>;
}

export interface ToolRun {
  readonly exitCode: number;
  readonly stdout: string;
  /** Everything that the tool wrote, both streams. */
  readonly output: string;
}

export interface ToolOptions {
  /** Working directory. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one of our pinned tools with this very Node. @param script its JavaScript file below node_modules, or an absolute path */
export function runTool(script: string, args: readonly string[], { cwd, env = {} }: ToolOptions): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.resolve(TOOLS, script), ...args], {
      cwd,
      env: { ...process.env, ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode: exitCode ?? 1, stdout, output }));
  });
}

/** A gate that is one call of a tool: passes when the tool exits with 0. @param script below node_modules, or one of the tree's own in bin/ */
export const toolGate = (name: string, script: string, args: readonly string[]): Gate => ({
  name,
  async run(root) {
    const { exitCode, output } = await runTool(script.startsWith('bin/') ? path.join(root, script) : script, args, {
      cwd: root,
    });
    return exitCode === 0 ? [] : [output.trim() || `${name} ended with exit code ${exitCode}`];
  },
});

/** Folders that hold our own sources. */
export const SOURCE_FOLDERS = ['bin', 'lib', 'functions', 'connector', 'core', 'local', 'sandbox', 'bench'];

/** Paths of our source files, relative to `root`, with forward slashes. */
export function sourceFiles(root: string, folders: readonly string[] = SOURCE_FOLDERS): string[] {
  return folders
    .filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes('/assets/'))
    .toSorted();
}
