import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Copies of bundles in a place where they find no `node_modules`, as in the image: a module that is missing there is missing here. */
export interface CodeFolder {
  /** Absolute path; removed by `remove()`. */
  readonly root: string;
  /** Copies `source` to `<root>/<name>` unless that is there already. Returns the copy's path. */
  copy(source: string, name: string): string;
  remove(): void;
}

/**
 * Makes an empty folder under the system's folder for temporary files, readable by this user only.
 * @throws Error with a sentence when a `node_modules` stands above it
 */
export function makeCodeFolder(parent: string = tmpdir()): CodeFolder {
  const blocking = foldersUpwards(path.resolve(parent))
    .map((folder) => path.join(folder, 'node_modules'))
    .find((folder) => existsSync(folder));
  if (blocking)
    throw new Error(`${blocking} would be visible to the functions. Remove it or set TMPDIR to another folder.`);
  const root = mkdtempSync(path.join(parent, 'pombo-'));
  return {
    root,
    copy(source, name) {
      const target = path.join(root, name);
      if (!existsSync(target)) {
        mkdirSync(path.dirname(target), { recursive: true });
        cpSync(source, target, { recursive: true });
      }
      return target;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Removes what a killed runner left behind. Refuses anything that does not look like a folder of ours. */
export function removeCodeFolder(root: string): void {
  if (!path.basename(root).startsWith('pombo-') || !existsSync(root)) return;
  const { uid } = lstatSync(root);
  if (process.getuid !== undefined && uid !== process.getuid()) return;
  rmSync(root, { recursive: true, force: true });
}

function foldersUpwards(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersUpwards(parent)];
}
