import type { Readable } from 'node:stream';
import type { MediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import type { MediaStore } from '#core/adapters/media-store.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import type { MediaId } from '#core/domain/ids.ts';
import { mediaExpiryOf, mediaObjectKey } from '#core/domain/media-object.ts';
import { keepTrying, type Persistence } from '../keep-trying.ts';
import { type InboundRow, inboundKeyOf } from '../messages/message-row.ts';
import type { MessageTable } from '../messages/message-table.ts';
import type { Logger } from '../observability/logger.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';
import { MediaGoneError, type ReceivedMedia } from '../whatsapp/whatsapp-port.ts';
import { eraseFiles } from './erase-files.ts';
import type { TransferSlots } from './transfer-slots.ts';

export interface ReceivedFilesOptions {
  readonly identity: SessionIdentity;
  readonly media: Pick<MediaRepository, 'get' | 'put' | 'remove'>;
  readonly store: Pick<MediaStore, 'save' | 'erase'>;
  readonly marks: Pick<MessageTable, 'putFileMark' | 'removeFileMark' | 'listFileMarks'>;
  /** The file, decrypted. @throws MediaGoneError when WhatsApp has not got it any more */
  readonly open: (media: ReceivedMedia) => Promise<Readable>;
  /** Has our number's phone upload it again. @throws Error when it does not */
  readonly ask: (media: ReceivedMedia, row: InboundRow) => Promise<ReceivedMedia>;
  /** Of the task. */
  readonly slots: TransferSlots;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends all attempts. */
  readonly signal: AbortSignal;
}

/** A file that was received, and the message that it belongs to. */
export interface ReceivedFile {
  readonly media: ReceivedMedia;
  readonly row: InboundRow;
}

/** D12: so long an event waits for its file, in its own chat. Milliseconds. */
const EVENT_WAIT_MS = 20_000;
/** Pauses between the attempts of one file, milliseconds: the last attempt comes after about three minutes. */
const PAUSES_MS = [500, 2000, 10_000, 30_000, 120_000] as const;
/** WhatsApp's largest document (2 GB). What claims to be larger is not fetched. */
const MOST_BYTES = 2 * 1024 ** 3;

const NOT_SENT_AGAIN = 'WhatsApp has not got the file any more, and the phone of this number did not upload it again.';
const NOT_FETCHED = 'The file could not be fetched from WhatsApp, however often it was tried.';
const TOO_LARGE = 'The file is larger than WhatsApp allows.';

/**
 * Files of received messages of one session, on their way from WhatsApp into S3. Whoever dies in the middle leaves either the mark of the
 * message, whose event waits, or a mark of the file: the next owner goes on.
 */
export class ReceivedFiles {
  readonly #options: ReceivedFilesOptions;
  readonly #persistence: Persistence;
  readonly #underWay = new Map<MediaId, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: ReceivedFilesOptions) {
    this.#options = options;
    const { clock, signal, logger } = options;
    this.#persistence = { clock, signal, onFailure: (error) => logger.warn({ error }, 'step of a file failed') };
    signal.addEventListener('abort', () => this.#stopping.abort(), { once: true });
  }

  /**
   * Fetches the file of a message. Resolves when it can be had from us or will not come; or when that takes too long: then there is a row
   * that says so, and the fetch goes on. Rejects only when the session is over.
   */
  async fetch(media: ReceivedMedia, row: InboundRow): Promise<void> {
    const fetched = this.#begin({ media, row }).then(() => true);
    const waiting = new AbortController();
    const signal = AbortSignal.any([waiting.signal, this.#stopping.signal]);
    const inTime = await Promise.race([fetched, sleep(this.#options.clock, EVENT_WAIT_MS, signal).then(() => false)]);
    waiting.abort();
    if (inTime) return;
    // The event goes out and takes the mark of its message with it.
    await this.#mark({ media, row });
    fetched.then(() => this.#unmark(media.mediaId)).catch(() => undefined);
  }

  /** Goes on with the files of an earlier process, while the session connects: they come over HTTPS. */
  resumeLater(find: (key: string) => Promise<ReceivedFile | undefined>): void {
    this.#resume(find).catch((error: unknown) => this.#options.logger.debug({ error }, 'files not resumed'));
  }

  /** @param find reads a message by the key of its row */
  async #resume(find: (key: string) => Promise<ReceivedFile | undefined>): Promise<void> {
    const { marks, identity, logger } = this.#options;
    const left = await this.#insist(() => marks.listFileMarks(identity.sessionUid));
    if (left.length > 0) logger.info({ count: left.length }, 'files left behind are fetched');
    for (const { mediaId, of } of left) {
      const file = await find(of);
      const fetched = file ? this.#begin(file) : Promise.resolve();
      fetched.then(() => this.#unmark(mediaId)).catch(() => undefined);
    }
  }

  /**
   * Begins to fetch a file that would not come before; its row says `arriving`. Resolves when the next owner would go on with it.
   * @param of key of the message's row. @param find reads a message by it
   */
  async again(mediaId: MediaId, of: string, find: (key: string) => Promise<ReceivedFile | undefined>): Promise<void> {
    const { marks, identity } = this.#options;
    await this.#insist(() => marks.putFileMark({ sessionUid: identity.sessionUid, mediaId, of }));
    const file = await find(of);
    const fetched = file?.media.mediaId === mediaId ? this.#begin(file) : this.#giveUp(mediaId);
    fetched.then(() => this.#unmark(mediaId)).catch(() => undefined);
  }

  /** Waits for no file any more and begins none; the next owner goes on with those that are on their way. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Removes every file of the session, those that it was to send too. After `stop`. */
  async erase(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
    await eraseFiles(this.#options, this.#options.identity.sessionUid);
  }

  #begin(file: ReceivedFile): Promise<void> {
    const { mediaId } = file.media;
    const before = this.#underWay.get(mediaId);
    if (before) return before;
    const fetched = this.#fetch(file).finally(() => this.#underWay.delete(mediaId));
    // Who waits hears of it; the others have the mark.
    fetched.catch((error: unknown) => this.#options.logger.debug({ error, mediaId }, 'file left for the next owner'));
    this.#underWay.set(mediaId, fetched);
    return fetched;
  }

  async #fetch({ media, row }: ReceivedFile): Promise<void> {
    const there = await this.#insist(() => this.#options.media.get(media.mediaId));
    if (there?.state === 'ready') return;
    if (media.sizeBytes > MOST_BYTES) return this.#conclude(media, row, TOO_LARGE);
    await this.#conclude(media, row, await this.#try({ media, row }));
  }

  /** @returns why it will not come; undefined: it is in S3. Throws when the session is over. */
  async #try({ media, row }: ReceivedFile): Promise<string | undefined> {
    const { clock, logger } = this.#options;
    const { signal } = this.#stopping;
    let wanted = media;
    for (const pauseMs of [...PAUSES_MS, undefined]) {
      signal.throwIfAborted();
      const error = await this.#transfer(wanted).then(
        () => undefined,
        (reason: unknown) => reason ?? new Error('unknown'),
      );
      if (error === undefined) return undefined;
      signal.throwIfAborted();
      logger.warn({ error, messageId: row.wamid, mediaId: media.mediaId }, 'file not fetched');
      if (!(error instanceof MediaGoneError)) {
        if (pauseMs !== undefined) await sleep(clock, pauseMs, signal);
        continue;
      }
      const again = wanted === media ? await this.#askAgain({ media, row }) : undefined;
      if (!again) return NOT_SENT_AGAIN;
      wanted = again;
    }
    return NOT_FETCHED;
  }

  /** @returns where the phone has put the file; undefined if it has not */
  async #askAgain({ media, row }: ReceivedFile): Promise<ReceivedMedia | undefined> {
    const { ask, logger } = this.#options;
    try {
      return await ask(media, row);
    } catch (error) {
      logger.info({ error, messageId: row.wamid }, 'file not uploaded again');
      return undefined;
    }
  }

  #transfer(media: ReceivedMedia): Promise<void> {
    const { open, store, slots, identity, logger } = this.#options;
    return slots.run(async () => {
      logger.debug({ mediaId: media.mediaId }, 'file is fetched');
      const file = await open(media);
      const abort = (): void => void file.destroy(new Error('the task stops'));
      this.#stopping.signal.addEventListener('abort', abort, { once: true });
      try {
        const key = mediaObjectKey({ source: 'received', sessionUid: identity.sessionUid, mediaId: media.mediaId });
        await store.save(key, file, media.mimeType);
      } finally {
        this.#stopping.signal.removeEventListener('abort', abort);
        file.destroy();
      }
    });
  }

  async #conclude(media: ReceivedMedia, row: InboundRow, failure: string | undefined): Promise<void> {
    const { logger } = this.#options;
    const error = failure === undefined ? {} : { error: { code: 131052, details: failure } };
    await this.#put(media, row, { state: failure === undefined ? 'ready' : 'failed', ...error });
    logger.debug({ messageId: row.wamid, mediaId: media.mediaId, failed: failure !== undefined }, 'file concluded');
  }

  /** The message is not there any more that says how the file is opened. */
  async #giveUp(mediaId: MediaId): Promise<void> {
    const { media, clock } = this.#options;
    const row = await this.#insist(() => media.get(mediaId));
    if (row?.state !== 'arriving') return;
    const error = { code: 131052, details: NOT_FETCHED };
    await this.#insist(() => media.put({ ...row, state: 'failed', error, sinceMs: clock.now() }));
  }

  /** What a client hears that asks too early, and what the next owner goes on with. */
  async #mark({ media, row }: ReceivedFile): Promise<void> {
    const { marks, identity } = this.#options;
    const mark = { sessionUid: identity.sessionUid, mediaId: media.mediaId, of: inboundKeyOf(row) };
    await this.#insist(() => marks.putFileMark(mark));
    const there = await this.#insist(() => this.#options.media.get(media.mediaId));
    // It may have come in this moment.
    if (there?.state !== 'ready' && this.#underWay.has(media.mediaId))
      await this.#put(media, row, { state: 'arriving' });
  }

  #unmark(mediaId: MediaId): Promise<void> {
    const { marks, identity } = this.#options;
    return this.#insist(() => marks.removeFileMark(identity.sessionUid, mediaId));
  }

  #put(media: ReceivedMedia, row: InboundRow, state: Pick<MediaRow, 'state' | 'error'>): Promise<void> {
    const { identity, clock } = this.#options;
    const { mediaId, kind, mimeType, sizeBytes, sha256, fileName } = media;
    const nowMs = clock.now();
    return this.#insist(() =>
      this.#options.media.put({
        ...identity,
        mediaId,
        source: 'received',
        kind,
        mimeType,
        sizeBytes,
        sha256: Buffer.from(sha256).toString('base64'),
        ...(fileName !== undefined && { fileName }),
        message: inboundKeyOf(row),
        ...state,
        sinceMs: nowMs,
        expiresAt: mediaExpiryOf('received', nowMs),
      }),
    );
  }

  #insist<T>(work: () => Promise<T>): Promise<T> {
    return keepTrying(this.#persistence, work);
  }
}
