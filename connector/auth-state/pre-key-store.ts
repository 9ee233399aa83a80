import type { SessionUid } from '#core/domain/ids.ts';
import type { AuthEntry, AuthTable } from './auth-table.ts';
import type { LedgerMemory, Resident } from './ledger-memory.ts';

/** A one-time pre-key: raw X25519 keys, 32 bytes each. */
export interface PreKey {
  readonly public: Uint8Array;
  readonly private: Uint8Array;
}

/** Sorts after every other entry, so that loading a session does not read 60 KB of pre-keys. */
export const PRE_KEY_PREFIX = '~';
const BLOCK_PREFIX = `${PRE_KEY_PREFIX}pre-key-block#`;
const USED_PREFIX = `${PRE_KEY_PREFIX}pre-key-used#`;

/** Pre-keys of one block at most (whatsapp.md section 8): 812 of the first upload make nine rows. */
const BLOCK_KEYS = 100;
const KEY_BYTES = 32;
const PAIR_BYTES = 2 * KEY_BYTES;
/** Ids have 24 bits on the wire. */
const ID_DIGITS = 8;

interface Block {
  readonly firstId: number;
  readonly count: number;
  /** One bit a key, set when the key was used. */
  readonly used: Uint8Array;
}

const nameOf = (prefix: string, firstId: number): string => `${prefix}${String(firstId).padStart(ID_DIGITS, '0')}`;

export interface PreKeyStoreOptions {
  readonly table: AuthTable;
  readonly memory: LedgerMemory;
  readonly sessionUid: SessionUid;
}

/** What a block takes in memory beside its keys, bytes. */
const BLOCK_BYTES = 400;

/**
 * Pre-keys of one session in immutable blocks with a bitmap of the used ones beside each: a used key costs one small
 * write instead of the rewrite of a block (D7). Blocks stay in the table; only the bitmaps, about 2 KB a session, and the
 * block that was read last are in memory. A block of which every key was used is removed.
 */
export class PreKeyStore {
  readonly #table: AuthTable;
  readonly #memory: LedgerMemory;
  readonly #sessionUid: SessionUid;
  #closed = false;
  #blocks: Promise<Map<number, Block>> | undefined;
  #latest: (Resident & { readonly firstId: number; readonly keys: Uint8Array }) | undefined;

  constructor({ table, memory, sessionUid }: PreKeyStoreOptions) {
    this.#table = table;
    this.#memory = memory;
    this.#sessionUid = sessionUid;
  }

  /** What the block that was read last takes in memory. */
  get bytes(): number {
    return this.#latest?.bytes ?? 0;
  }

  /** The key, undefined when it was used or never made. */
  async get(id: number): Promise<PreKey | undefined> {
    const block = blockWith(await this.#index(), id);
    if (!block || isUsed(block, id)) return undefined;
    const keys = await this.#read(block.firstId);
    if (!keys) return undefined;
    const at = (id - block.firstId) * PAIR_BYTES;
    return { private: keys.subarray(at, at + KEY_BYTES), public: keys.subarray(at + KEY_BYTES, at + PAIR_BYTES) };
  }

  /** Stores new keys; resolves when they are durable. */
  async add(keys: ReadonlyMap<number, PreKey>): Promise<void> {
    const blocks = await this.#index();
    await Promise.all(
      blocksOf(keys).map(async ({ firstId, bytes }) => {
        const count = bytes.length / PAIR_BYTES;
        const head = Buffer.alloc(2);
        head.writeUInt16BE(count);
        const value = Buffer.concat([head, bytes]);
        const used = new Uint8Array(Math.ceil(count / 8));
        // The same ids are made again when their number was not durable before a crash; the old bitmap is not theirs.
        if (blocks.has(firstId)) await this.#table.put(this.#sessionUid, usedEntry({ firstId, used }));
        await this.#table.put(this.#sessionUid, { name: nameOf(BLOCK_PREFIX, firstId), value });
        if (this.#latest?.firstId === firstId) this.#forgetLatest();
        blocks.set(firstId, { firstId, count, used });
      }),
    );
  }

  /** Marks keys as used; resolves when that is durable. */
  async remove(ids: readonly number[]): Promise<void> {
    const blocks = await this.#index();
    const touched = new Set<Block>();
    for (const id of ids) {
      const block = blockWith(blocks, id);
      if (!block || isUsed(block, id)) continue;
      const bit = id - block.firstId;
      block.used[bit >> 3] = (block.used[bit >> 3] ?? 0) | (1 << (bit & 7));
      touched.add(block);
    }
    await Promise.all([...touched].map((block) => this.#store(block, blocks)));
  }

  /** Nothing more is kept in memory. */
  close(): void {
    this.#closed = true;
    this.#forgetLatest();
  }

  async #store(block: Block, blocks: Map<number, Block>): Promise<void> {
    if (!isUsedUp(block)) return this.#table.put(this.#sessionUid, usedEntry(block));
    const { firstId } = block;
    await this.#table.remove(this.#sessionUid, nameOf(BLOCK_PREFIX, firstId));
    await this.#table.remove(this.#sessionUid, nameOf(USED_PREFIX, firstId));
    if (blocks.get(firstId) === block) blocks.delete(firstId);
    if (this.#latest?.firstId === firstId) this.#forgetLatest();
  }

  #index(): Promise<Map<number, Block>> {
    this.#blocks ??= this.#load();
    return this.#blocks;
  }

  async #load(): Promise<Map<number, Block>> {
    try {
      const entries = await this.#table.list(this.#sessionUid, { prefix: PRE_KEY_PREFIX });
      // A login asks for the newest key.
      const newest = entries.findLast(({ name }) => name.startsWith(BLOCK_PREFIX));
      if (newest) this.#keepLatest(firstIdOf(newest.name), newest.value);
      return indexOf(entries);
    } catch (error) {
      this.#blocks = undefined;
      throw error;
    }
  }

  async #read(firstId: number): Promise<Uint8Array | undefined> {
    if (this.#latest?.firstId === firstId) {
      this.#memory.touch(this.#latest);
      return this.#latest.keys;
    }
    const value = await this.#table.get(this.#sessionUid, nameOf(BLOCK_PREFIX, firstId));
    if (!value) return undefined;
    return this.#keepLatest(firstId, value);
  }

  #keepLatest(firstId: number, value: Uint8Array): Uint8Array {
    const keys = value.subarray(2);
    if (this.#closed) return keys;
    this.#forgetLatest();
    this.#latest = { firstId, keys, bytes: BLOCK_BYTES + keys.length, forget: () => (this.#latest = undefined) };
    this.#memory.add(this.#latest);
    return keys;
  }

  #forgetLatest(): void {
    if (this.#latest) this.#memory.remove(this.#latest);
    this.#latest = undefined;
  }
}

const firstIdOf = (name: string): number => Number(name.slice(BLOCK_PREFIX.length));

function indexOf(entries: readonly AuthEntry[]): Map<number, Block> {
  const blocks = new Map<number, Block>();
  for (const { name, value } of entries) {
    if (!name.startsWith(BLOCK_PREFIX)) continue;
    const firstId = firstIdOf(name);
    const count = Buffer.from(value).readUInt16BE();
    blocks.set(firstId, { firstId, count, used: new Uint8Array(Math.ceil(count / 8)) });
  }
  for (const { name, value } of entries) {
    if (name.startsWith(USED_PREFIX)) blocks.get(Number(name.slice(USED_PREFIX.length)))?.used.set(value);
  }
  return blocks;
}

/** Later blocks win: after a lost upload the same ids are made again. */
function blockWith(blocks: ReadonlyMap<number, Block>, id: number): Block | undefined {
  let found: Block | undefined;
  for (const block of blocks.values()) {
    const holds = id >= block.firstId && id < block.firstId + block.count;
    if (holds && (!found || block.firstId > found.firstId)) found = block;
  }
  return found;
}

const isUsed = (block: Block, id: number): boolean => {
  const bit = id - block.firstId;
  return ((block.used[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
};

const isUsedUp = ({ count, used }: Block): boolean => {
  let bits = 0;
  for (const byte of used) bits += byte.toString(2).replaceAll('0', '').length;
  return bits === count;
};

const usedEntry = ({ firstId, used }: Pick<Block, 'firstId' | 'used'>): AuthEntry => ({
  name: nameOf(USED_PREFIX, firstId),
  value: Uint8Array.from(used),
});

/** Cuts keys into runs of consecutive ids, at most BLOCK_KEYS long. */
function blocksOf(keys: ReadonlyMap<number, PreKey>): { readonly firstId: number; readonly bytes: Uint8Array }[] {
  const blocks: { firstId: number; nextId: number; parts: Uint8Array[] }[] = [];
  for (const [id, key] of [...keys].sort(([a], [b]) => a - b)) {
    const last = blocks.at(-1);
    const pair = Buffer.concat([key.private, key.public]);
    if (last && last.nextId === id && last.parts.length < BLOCK_KEYS) {
      last.parts.push(pair);
      last.nextId += 1;
    } else {
      blocks.push({ firstId: id, nextId: id + 1, parts: [pair] });
    }
  }
  return blocks.map(({ firstId, parts }) => ({ firstId, bytes: Buffer.concat(parts) }));
}
