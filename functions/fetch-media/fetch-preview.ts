import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { GuardedDownload } from '#core/adapters/http/guarded-http-client.ts';
import { type FetchPreviewTask, PREVIEW_BOUND_MS } from '#core/contracts/fetch-media-task.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { bareMimeType } from '#core/domain/media-kinds.ts';
import { mediaExpiryOf, mediaObjectKey } from '#core/domain/media-object.ts';
import { PREVIEW_SIZE, thumbnailOf } from '../shared/thumbnail/thumbnail.ts';
import type { FetchMediaDependencies } from './fetch-media.ts';
import { type PageHead, readPageHead } from './page/page-head.ts';
import { pageTextOf } from './page/page-text.ts';
import { headerOf, Refused, refusedOf, refuseUnlessOk } from './refused.ts';

/** Of a page no more is read, bytes: what it says of itself stands at its beginning. */
const MOST_PAGE_BYTES = 512 * 1024;
/** Largest picture that is fetched, bytes: WhatsApp itself asks for less than 600 KB. */
const MOST_PICTURE_BYTES = 1024 * 1024;
/** The page has half of the time, so that its picture has the other. */
const PAGE_BOUND_MS = PREVIEW_BOUND_MS / 2;
const PAGE_TYPES: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml']);
const THUMBNAIL_TYPE = 'image/jpeg';

type Page = Required<Pick<PageHead, 'title'>> & PageHead;

/**
 * Looks at a page that a text names, and puts what it says of itself into its row: title, description, and a small picture in S3. May be
 * called again for the same task.
 * @returns the row's last state; `failed`: the text goes without a preview
 * @throws Error for a fault of ours
 */
export async function fetchPreview(deps: FetchMediaDependencies, task: FetchPreviewTask): Promise<MediaRow['state']> {
  const { media, store, clock } = deps;
  const there = await media.get(task.mediaId);
  if (there?.state === 'ready') return 'ready';
  const { mediaId, accountId, sessionId, sessionUid, link } = task;
  const owner = { mediaId, accountId, sessionId, sessionUid, source: 'link' as const };
  const row = () => ({ ...owner, sinceMs: clock.now(), expiresAt: mediaExpiryOf('link', clock.now()) });
  try {
    const { title, description, image } = await pageOf(deps, link);
    const preview = { title, ...(description && { description }) };
    const picture = image === undefined ? undefined : await pictureOf(deps, image, link);
    if (picture) await store.save(mediaObjectKey(owner), Readable.from([picture]), THUMBNAIL_TYPE);
    const file = picture && { sizeBytes: picture.length, sha256: digestOf(picture) };
    await media.put({ ...row(), state: 'ready', mimeType: picture ? THUMBNAIL_TYPE : '', preview, ...file });
    return 'ready';
  } catch (error) {
    const refused = refusedOf(error);
    if (!refused) throw error;
    await media.put({ ...row(), state: 'failed', mimeType: '', error: refused });
    return 'failed';
  }
}

/** @throws Refused, or what the client throws, for a page without a title and what is no page */
async function pageOf(deps: FetchMediaDependencies, url: string): Promise<Page> {
  const page = await withAnswer(deps, { url, accept: 'text/html', timeoutMs: PAGE_BOUND_MS }, async (answer) => {
    const contentType = headerOf(answer, 'content-type') ?? '';
    if (!PAGE_TYPES.has(bareMimeType(contentType))) throw new Refused(131053, 'The link leads to no page.');
    return readPageHead(pageTextOf(await beginningOf(answer, MOST_PAGE_BYTES), contentType));
  });
  const { title } = page;
  if (title === undefined) throw new Refused(131053, 'The page has no title.');
  return { ...page, title };
}

/** The page's picture, made small; undefined where there is none that can be had: the preview does without. */
async function pictureOf(deps: FetchMediaDependencies, image: string, page: string): Promise<Buffer | undefined> {
  if (!URL.canParse(image, page)) return undefined;
  const url = new URL(image, page).href;
  const timeoutMs = PREVIEW_BOUND_MS - PAGE_BOUND_MS;
  try {
    return await withAnswer(deps, { url, accept: 'image/jpeg, image/png', timeoutMs }, async (answer) => {
      const picture = await beginningOf(answer, MOST_PICTURE_BYTES + 1);
      return picture.length > MOST_PICTURE_BYTES ? undefined : thumbnailOf(picture, PREVIEW_SIZE);
    });
  } catch (error) {
    if (refusedOf(error)) return undefined;
    throw error;
  }
}

interface Wanted {
  readonly url: string;
  readonly accept: string;
  readonly timeoutMs: number;
}

async function withAnswer<T>(
  { http, version }: Pick<FetchMediaDependencies, 'http' | 'version'>,
  { url, accept, timeoutMs }: Wanted,
  read: (answer: GuardedDownload) => Promise<T>,
): Promise<T> {
  const headers = { 'user-agent': `Pombo/${version}`, accept, 'accept-encoding': 'identity' };
  const answer = await http.open({ url, headers, timeoutMs });
  try {
    refuseUnlessOk(answer);
    return await read(answer);
  } finally {
    answer.body.destroy();
  }
}

/** What comes first, up to so many bytes. */
async function beginningOf({ body }: GuardedDownload, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes >= mostBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, mostBytes);
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64');
