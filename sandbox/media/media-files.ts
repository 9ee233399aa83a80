import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where encrypted media lies on the host. */
export interface StoredMedia {
  readonly directPath: string;
}

const NAME = /^[0-9a-f]{64}$/;
/** Ends the name of a file that only phones have. */
const KEPT = '.kept';

/** Encrypted media on disk, one file per content. */
export class MediaFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Keeps encrypted bytes and returns the path under which they can be fetched. */
  async save(encrypted: Uint8Array): Promise<StoredMedia> {
    const name = createHash('sha256').update(encrypted).digest('hex');
    const file = join(this.#folder, name);
    // Written beside and moved, so that a kill leaves no half file under the final name.
    await writeFile(`${file}.part`, encrypted);
    await rename(`${file}.part`, file);
    return { directPath: `/v/t62.7118-24/${name}.enc?ccb=11-4&oe=7FFFFFFF&mms3=true` };
  }

  /** The bytes behind a path; undefined when there are none. */
  async load(directPath: string): Promise<Buffer | undefined> {
    const name = nameIn(directPath);
    if (name === undefined) return undefined;
    try {
      return await readFile(join(this.#folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /**
   * Forgets all media, as the real host does after some weeks. The phones that sent or received them keep their copies.
   * @param everywhere the phones have none either
   */
  async forgetAll(everywhere: boolean): Promise<void> {
    for (const name of (await readdir(this.#folder)).filter((each) => NAME.test(each))) {
      const file = join(this.#folder, name);
      await (everywhere ? rm(file) : rename(file, `${file}${KEPT}`));
    }
  }

  /** Puts a phone's copy on the host again. @returns its path, undefined when no phone has one */
  async restore(directPath: string): Promise<string | undefined> {
    const name = nameIn(directPath);
    if (name === undefined) return undefined;
    const file = join(this.#folder, name);
    try {
      await rename(`${file}${KEPT}`, file);
      return directPath;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return existsSync(file) ? directPath : undefined;
    }
  }
}

function nameIn(directPath: string): string | undefined {
  const last = directPath
    .split('?')[0]
    ?.split('/')
    .at(-1)
    ?.replace(/\.enc$/, '');
  return last !== undefined && NAME.test(last) ? last : undefined;
}
