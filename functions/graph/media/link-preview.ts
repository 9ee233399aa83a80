import { PREVIEW_BOUND_MS } from '#core/contracts/fetch-media-task.ts';
import type { ContentOf } from '#core/contracts/outbound/content.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { previewMediaIdOf } from '#core/domain/linked-media-id.ts';
import { logger } from '../../shared/logger.ts';
import { beginFetch } from './begin-fetch.ts';
import type { MediaDependencies } from './media-dependencies.ts';

/** The preview of a page that a text names. */
export interface PreviewedLink {
  /** What the command carries. */
  readonly preview: NonNullable<ContentOf<'text'>['text']['preview']>;
  /** Begins to look at the page. Never rejects: without its preview the text is still the text. Call it before the command is queued. */
  readonly begin: () => Promise<void>;
}

/** @param url as the text has it */
export type PreviewLink = (url: string, session: SessionRow) => PreviewedLink;

export function makePreviewLink(
  dependencies: Pick<MediaDependencies, 'media' | 'fetchMedia' | 'clock' | 'random'>,
): PreviewLink {
  return (url, { accountId, sessionId, sessionUid }) => {
    const link = new URL(url).href;
    const mediaId = previewMediaIdOf({ sessionUid, url: link }, dependencies.clock.now());
    const task = { version: 1, mediaId, accountId, sessionId, sessionUid, kind: 'preview', link } as const;
    return {
      preview: { mediaId, url },
      begin: () =>
        // A campaign waits once for a page that can not be read.
        beginFetch(dependencies, task, { staleAfterMs: PREVIEW_BOUND_MS, failuresStay: true }).catch((error: unknown) =>
          logger.warn('link preview not begun', { mediaId, error: error as Error }),
        ),
    };
  };
}
