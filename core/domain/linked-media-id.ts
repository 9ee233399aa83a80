import type { MediaId, SessionUid } from './ids.ts';
import type { MediaKind } from './media-kinds.ts';
import { derivedMediaId } from './received-media-id.ts';

/** Meta keeps what it fetched from an address for about ten minutes, milliseconds. */
const KEPT_MS = 600_000;

/**
 * Id of the file behind a `link`: the same for each message of a session within ten minutes, so that a campaign fetches its picture once
 * and the row of the file is the cache.
 */
export const linkedMediaIdOf = (
  link: { readonly sessionUid: SessionUid; readonly kind: MediaKind; readonly url: string },
  nowMs: number,
): MediaId => derivedMediaId(`link:${link.sessionUid}:${link.kind}:${Math.floor(nowMs / KEPT_MS)}:${link.url}`);

/** Id of the preview of an address, kept as long; its picture is a file like any other. */
export const previewMediaIdOf = (
  page: { readonly sessionUid: SessionUid; readonly url: string },
  nowMs: number,
): MediaId => derivedMediaId(`preview:${page.sessionUid}:${Math.floor(nowMs / KEPT_MS)}:${page.url}`);
