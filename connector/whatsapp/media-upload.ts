import { type Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { finished, pipeline } from 'node:stream/promises';
import { DEFAULT_ORIGIN, MEDIA_PATH_MAP } from '@whiskeysockets/baileys';
import * as z from 'zod';
import type { Clock } from '#core/domain/clock.ts';
import { FileProbe } from '#core/domain/file-shape/file-probe.ts';
import type { FileShape } from '#core/domain/file-shape/picture-shape.ts';
import type { RandomBytes } from '#core/domain/ids.ts';
import { MediaCorruptError, MediaEncryption, type MediaKeys, mediaKeysOf } from './media-cipher.ts';
import type { Socket } from './open-socket.ts';
import type { OutgoingMedia } from './whatsapp-port.ts';

/**
 * A file that lies encrypted on WhatsApp's media host: what its message says of it, in the names of WhatsApp's protobuf, so that
 * `{ imageMessage: { ...uploaded, caption } }` is a finished message. The sender uploads before it maps the content.
 */
export interface UploadedMedia {
  readonly url: string;
  readonly directPath: string;
  readonly mediaKey: Uint8Array;
  readonly fileSha256: Uint8Array;
  readonly fileEncSha256: Uint8Array;
  /** Bytes, in clear. */
  readonly fileLength: number;
  readonly mimetype: string;
  /** Seconds since the epoch. */
  readonly mediaKeyTimestamp: number;
}

export interface MediaUploadOptions {
  readonly socket: Pick<Socket, 'refreshMediaConn'>;
  /** Of the session's proxy. */
  readonly agent: Agent | undefined;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** A file on the host, and how it is shown, where the file itself says it. */
export interface Upload {
  readonly uploaded: UploadedMedia;
  readonly shape?: FileShape | undefined;
}

/** Encrypts a file and puts it on WhatsApp's media host. @throws Error when no host takes it */
export type UploadMedia = (media: OutgoingMedia) => Promise<Upload>;

const MEDIA_KEY_BYTES = 32;
/** A whole upload, milliseconds: 100 MB over a line of 3 Mbit/s. */
const UPLOAD_BOUND_MS = 300_000;
/** Files of campaigns go out many times: a host keeps them for weeks, and we believe it for an hour, milliseconds. */
const REUSED_MS = 3_600_000;
/** Uploads that are remembered, of one connection. */
const MOST_REUSED = 256;
/** An encrypted file of at most this is kept between the two readings instead of being made twice, bytes. */
const KEPT_BYTES = 1024 * 1024;

const AnswerSchema = z.object({ url: z.string().default(''), direct_path: z.string().min(1) });

/**
 * The name of a file on the media host is the digest of its encrypted form, so it is read and encrypted twice: once for the digest, once
 * for the host. In exchange nothing of it is ever on a disk. Baileys' own upload writes the encrypted file to the temporary folder, and
 * images, videos and audio in clear beside it (docs/media.md).
 */
export function makeUploadMedia(options: MediaUploadOptions): UploadMedia {
  const { clock } = options;
  const done = new Map<string, Upload & { readonly atMs: number }>();
  return async (media) => {
    const name = `${media.mediaId}#${media.kind}`;
    const before = done.get(name);
    if (before && clock.monotonic() - before.atMs < REUSED_MS) return before;
    const fresh = await upload(media, options);
    done.delete(name);
    done.set(name, { ...fresh, atMs: clock.monotonic() });
    const [oldest] = done.keys();
    if (done.size > MOST_REUSED && oldest !== undefined) done.delete(oldest);
    return fresh;
  };
}

async function upload(media: OutgoingMedia, options: MediaUploadOptions): Promise<Upload> {
  const { clock, random } = options;
  const mediaKey = random(MEDIA_KEY_BYTES);
  const keys = await mediaKeysOf(mediaKey, media.kind);
  const { encryption, kept, shape } = await measured(media, keys);
  const { fileSha256, fileEncSha256 } = encryption.digests();
  if (fileSha256.toString('base64') !== media.sha256)
    throw new MediaCorruptError('the file in S3 is not the one of its row');
  const body = async (): Promise<Readable> => (kept ? Readable.from(kept) : encrypted(media, keys));
  const file = { digest: fileEncSha256.toString('base64url'), sizeBytes: encryption.encryptedBytes, body };
  const { url, direct_path: directPath } = await offer(media, file, options);
  const uploaded: UploadedMedia = {
    url,
    directPath,
    mediaKey,
    fileSha256,
    fileEncSha256,
    fileLength: encryption.sizeBytes,
    mimetype: media.mimeType,
    mediaKeyTimestamp: Math.floor(clock.now() / 1000),
  };
  return { uploaded, shape };
}

/** Reads the file through for its digests and its shape. */
async function measured(media: OutgoingMedia, keys: MediaKeys) {
  const encryption = new MediaEncryption(keys);
  const kept: Buffer[] | undefined = media.sizeBytes <= KEPT_BYTES ? [] : undefined;
  encryption.on('data', (chunk: Buffer) => kept?.push(chunk));
  const probe = new FileProbe(media.kind);
  const file = await media.open();
  file.on('data', (chunk: Buffer) => probe.take(chunk));
  await pipeline(file, encryption, { end: true });
  await finished(encryption);
  return { encryption, kept, shape: probe.shape() };
}

async function encrypted(media: OutgoingMedia, keys: MediaKeys): Promise<Readable> {
  const encryption = new MediaEncryption(keys);
  const file = await media.open();
  file.once('error', (error) => encryption.destroy(error));
  encryption.once('close', () => file.destroy());
  return file.pipe(encryption);
}

interface EncryptedFile {
  /** SHA-256 of it, base64url. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** From its beginning, each time. */
  readonly body: () => Promise<Readable>;
}

/** Offers it to each host of the session's list, which is asked for anew after a failure. */
async function offer(media: OutgoingMedia, file: EncryptedFile, options: MediaUploadOptions) {
  let failure: unknown = new Error('WhatsApp named no media host');
  for (const isFresh of [false, true]) {
    const { hosts, auth } = await options.socket.refreshMediaConn(isFresh);
    for (const { hostname } of hosts) {
      const url = new URL(`https://${hostname}${MEDIA_PATH_MAP[media.kind]}/${file.digest}`);
      url.search = new URLSearchParams({ auth, token: file.digest }).toString();
      try {
        return AnswerSchema.parse(JSON.parse(await post(url, file, options)));
      } catch (error) {
        failure = error;
      }
    }
  }
  throw failure;
}

async function post(
  url: URL,
  { sizeBytes, body }: EncryptedFile,
  { agent, clock }: MediaUploadOptions,
): Promise<string> {
  const outgoing = request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'content-length': sizeBytes, origin: DEFAULT_ORIGIN },
    ...(agent && { agent }),
  });
  const cancel = clock.after(UPLOAD_BOUND_MS, () => outgoing.destroy(new Error('the upload took too long')));
  const answered = new Promise<string>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      if (incoming.statusCode !== 200) reject(new Error(`the media host answered ${incoming.statusCode}`));
      text(incoming).then(resolve, reject);
    });
  });
  try {
    const [sent, answer] = await Promise.allSettled([pipeline(await body(), outgoing), answered]);
    if (answer.status === 'fulfilled') return answer.value;
    throw sent.status === 'rejected' ? sent.reason : answer.reason;
  } finally {
    cancel();
  }
}
