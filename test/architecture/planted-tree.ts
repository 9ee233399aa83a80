import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** A small repository of its own, with our configuration and tools, to plant faults in. */
export interface PlantedTree extends Disposable {
  readonly root: string;
  write(file: string, content: string): void;
}

/** @param copied files and folders of this repository @param files path → content of what is only in the tree */
export function plantedTree(copied: readonly string[], files: Readonly<Record<string, string>> = {}): PlantedTree {
  const root = mkdtempSync(path.join(tmpdir(), 'pombo-planted-'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  for (const item of copied) cpSync(path.join(ROOT, item), path.join(root, item), { recursive: true });
  const tree: PlantedTree = {
    root,
    write(file, content) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), content);
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
  // Without the slash that ours has: here it is a link, and the tools would follow it.
  tree.write('.gitignore', 'node_modules\n.pombo\n');
  for (const [file, content] of Object.entries(files)) tree.write(file, content);
  return tree;
}
