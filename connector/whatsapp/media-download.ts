import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { DEFAULT_ORIGIN } from '@whiskeysockets/baileys';
import type { Clock } from '#core/domain/clock.ts';
import { MediaDecryption, mediaKeysOf } from './media-cipher.ts';
import { MediaGoneError, type ReceivedMedia } from './whatsapp-port.ts';

export interface MediaDownloadOptions {
  /** `host` or `host:port`; the first that has an answer is taken. */
  readonly hosts: readonly string[];
  /** Of the session's proxy. */
  readonly agent: Agent | undefined;
  readonly clock: Clock;
}

const OK = 200;
/** WhatsApp's host has not got it any more, or takes the path for expired. */
const GONE: readonly number[] = [403, 404, 410];
/** A host that sends nothing for so long has stalled, milliseconds. */
const STALLED_MS = 30_000;

/**
 * The file of a received message, decrypted on its way. Only the path comes from the message: the host is ours (D11). What the stream
 * gives out is believed when it has ended without error.
 * @throws MediaGoneError when WhatsApp has not got it any more, Error when no host answers
 */
export async function openReceivedMedia(media: ReceivedMedia, options: MediaDownloadOptions): Promise<Readable> {
  const { mediaKey, kind } = media;
  const decryption = new MediaDecryption(await mediaKeysOf(mediaKey, kind), media);
  const encrypted = await openEncrypted(media.directPath, options);
  // Who reads the end of it hears of every error.
  return pipeline(encrypted, decryption, () => undefined);
}

async function openEncrypted(directPath: string, options: MediaDownloadOptions): Promise<IncomingMessage> {
  let failure: unknown = new Error('there is no media host');
  for (const host of options.hosts) {
    try {
      const answer = await get(urlOf(host, directPath), options);
      const { statusCode = 0 } = answer;
      if (statusCode === OK) return answer;
      answer.destroy();
      if (GONE.includes(statusCode)) throw new MediaGoneError(`the media host answered ${statusCode}`);
      failure = new Error(`the media host answered ${statusCode}`);
    } catch (error) {
      if (error instanceof MediaGoneError) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** A path such as `//elsewhere/x` or `@elsewhere/` would lead to another host. @throws Error */
export function urlOf(host: string, directPath: string): URL {
  const url = new URL(`https://${host}${directPath.startsWith('/') ? '' : '/'}${directPath}`);
  if (url.host !== host || url.username !== '' || url.protocol !== 'https:') {
    throw new MediaGoneError('the path leads away from the media host');
  }
  return url;
}

function get(url: URL, { agent, clock }: MediaDownloadOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers: { origin: DEFAULT_ORIGIN }, ...(agent && { agent }) });
    let heardAtMs = clock.monotonic();
    let answer: IncomingMessage | undefined;
    const look = (): void => {
      const silentMs = clock.monotonic() - heardAtMs;
      if (silentMs >= STALLED_MS) (answer ?? outgoing).destroy(new Error('the media host stalled'));
      else cancel = clock.after(STALLED_MS - silentMs, look);
    };
    let cancel = clock.after(STALLED_MS, look);
    outgoing.once('close', () => cancel());
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      answer = incoming;
      incoming.on('data', () => {
        heardAtMs = clock.monotonic();
      });
      // The listener above would start it.
      incoming.pause();
      resolve(incoming);
    });
    outgoing.end();
  });
}
