import { randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { copyFile, link, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type ByteRange, type Segment, segmentsWithin } from './byte-range.ts';

/** What is read from disk at once. */
const READ_CHUNK_BYTES = 256 * 1024;

/**
 * The bytes of all objects and parts: files that are written once and never changed. A file counts
 * only when the database names it; what a crash leaves over is removed at the next start.
 */
export class ObjectFiles {
  readonly #incoming: string;
  readonly #kept: string;
  /** Files that somebody reads now, with the number of readers. */
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();
  readonly #removals = new Set<Promise<void>>();

  /**
   * @param folder made if it is missing; nobody else may use it
   * @param named files that the database names
   */
  constructor(folder: string, named: ReadonlySet<string>) {
    this.#incoming = join(folder, 'incoming');
    this.#kept = join(folder, 'objects');
    rmSync(this.#incoming, { recursive: true, force: true });
    for (const path of [this.#incoming, this.#kept]) mkdirSync(path, { recursive: true, mode: 0o700 });
    for (const file of readdirSync(this.#kept)) if (!named.has(file)) rmSync(join(this.#kept, file));
  }

  /** Writes a file and returns its name once its bytes are on disk. When `chunks` throws nothing remains. */
  async write(chunks: AsyncIterable<Buffer>): Promise<string> {
    const file = randomUUID();
    const incoming = join(this.#incoming, file);
    try {
      const handle = await open(incoming, 'wx', 0o600);
      try {
        for await (const chunk of chunks) await handle.write(chunk);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(incoming, join(this.#kept, file));
      await this.#syncFolder();
    } catch (error) {
      await rm(incoming, { force: true });
      throw error;
    }
    return file;
  }

  /** A second set of names for the same bytes, so that source and copy can be removed apart. */
  async copy(segments: readonly Segment[]): Promise<Segment[]> {
    const release = this.#pin(segments);
    try {
      const copies: Segment[] = [];
      for (const { file, size } of segments) {
        const copy = randomUUID();
        const [from, to] = [join(this.#kept, file), join(this.#kept, copy)];
        // Not every file system has hard links.
        await link(from, to).catch(() => copyFile(from, to));
        copies.push({ file: copy, size });
      }
      await this.#syncFolder();
      return copies;
    } finally {
      release();
    }
  }

  /** The bytes of a range. The files stay until the stream is closed, even if the object is replaced meanwhile. */
  read(segments: readonly Segment[], range: ByteRange): Readable {
    const slices = segmentsWithin(segments, range).map((slice) => ({ ...slice, path: join(this.#kept, slice.file) }));
    async function* bytes(): AsyncGenerator<Buffer> {
      for (const { path, start, end } of slices) {
        yield* createReadStream(path, { start, end, highWaterMark: READ_CHUNK_BYTES }) as AsyncIterable<Buffer>;
      }
    }
    return Readable.from(bytes(), { objectMode: false }).once('close', this.#pin(segments));
  }

  /** Removes files in the background, each once nobody reads it any more. */
  remove(segments: readonly Segment[]): void {
    for (const { file } of segments) {
      if (this.#readers.has(file)) this.#doomed.add(file);
      else this.#removeNow(file);
    }
  }

  /** Resolves when all removals are done. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals);
  }

  #pin(segments: readonly Segment[]): () => void {
    for (const { file } of segments) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1);
    return () => {
      for (const { file } of segments) this.#unpin(file);
    };
  }

  #unpin(file: string): void {
    const readers = (this.#readers.get(file) ?? 1) - 1;
    if (readers > 0) {
      this.#readers.set(file, readers);
      return;
    }
    this.#readers.delete(file);
    if (this.#doomed.delete(file)) this.#removeNow(file);
  }

  #removeNow(file: string): void {
    const removal = rm(join(this.#kept, file), { force: true }).finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }

  /** Makes new names survive a power cut. */
  async #syncFolder(): Promise<void> {
    const handle = await open(this.#kept, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
