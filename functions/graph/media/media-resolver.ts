import { FETCH_BOUND_MS } from '#core/contracts/fetch-media-task.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { LONGEST_LINK } from '#core/domain/first-link.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { type MediaId, MediaIdSchema } from '#core/domain/ids.ts';
import { linkedMediaIdOf } from '#core/domain/linked-media-id.ts';
import { type MediaKind, misfitOf } from '#core/domain/media-kinds.ts';
import { beginFetch } from './begin-fetch.ts';
import { completeUpload } from './complete-upload.ts';
import type { MediaDependencies } from './media-dependencies.ts';

/** How a request names a file that is to be sent. */
export interface MediaWish {
  /** What it is to be sent as. */
  readonly kind: MediaKind;
  /** As the request has it; exactly one of the two has to be there. */
  readonly reference: { readonly id?: string | undefined; readonly link?: string | undefined };
  /** Path of the object in the request, for errors: `image`, `interactive.header.video`. */
  readonly field: string;
}

export interface ResolvedMedia {
  /** What the command carries. */
  readonly mediaId: MediaId;
  /**
   * Begins to fetch the file of a `link`; for an `id` it does nothing. Call it after all checks have passed and before the command is
   * queued: what was refused must not be fetched. The command does not wait for the file.
   */
  readonly begin: () => Promise<void>;
}

/**
 * Turns the `id` or `link` of a request into what the command carries.
 * @throws GraphError 131008 (neither id nor link), 131009 (both, or a link that is no public https or http address), 100 (no such file, or
 *   one of another number), 131053 (the file's type or size does not go with the kind), 131052 (the file never arrived)
 */
export type ResolveMedia = (wish: MediaWish, session: SessionRow) => Promise<ResolvedMedia>;

export function makeResolveMedia(
  dependencies: Pick<MediaDependencies, 'media' | 'bucket' | 'fetchMedia' | 'clock' | 'random'>,
): ResolveMedia {
  return async (wish, session) => {
    const { reference, field } = wish;
    // Clients leave members that they do not use empty.
    const { id, link } = { id: reference.id || undefined, link: reference.link || undefined };
    if (id !== undefined && link !== undefined) throw new GraphError(131009, `${field}: id or link, not both.`);
    if (id !== undefined) return byId(dependencies, { ...wish, id }, session);
    if (link !== undefined) return byLink(dependencies, { ...wish, link }, session);
    throw new GraphError(131008, `${field}: id or link is required.`);
  };
}

async function byId(
  dependencies: Pick<MediaDependencies, 'media' | 'bucket' | 'clock'>,
  { kind, field, id }: MediaWish & { readonly id: string },
  session: SessionRow,
): Promise<ResolvedMedia> {
  const mediaId = MediaIdSchema.safeParse(id);
  const there = mediaId.success ? await dependencies.media.get(mediaId.data) : undefined;
  if (there?.sessionUid !== session.sessionUid) {
    throw new GraphError(100, `${field}.id: this number has no such file. POST /{phone_number_id}/media gives one.`);
  }
  const row = await completeUpload(dependencies, there);
  refuseUnlessThere(row, field);
  const misfit = misfitOf(kind, row);
  if (misfit) throw new GraphError(131053, `${field}.id: ${misfit}`);
  return { mediaId: row.mediaId, begin: () => Promise.resolve() };
}

function refuseUnlessThere({ state, source, error }: MediaRow, field: string): void {
  if (state === 'ready') return;
  if (state === 'failed') throw new GraphError(131052, `${field}.id: ${error?.details ?? 'the file never arrived.'}`);
  const where = source === 'upload' ? 'the file has not been put to its upload_url yet.' : 'the file is on its way.';
  throw new GraphError(131052, `${field}.id: ${where}`, { transient: true });
}

function byLink(
  dependencies: Pick<MediaDependencies, 'media' | 'fetchMedia' | 'clock' | 'random'>,
  { kind, field, link }: MediaWish & { readonly link: string },
  { accountId, sessionId, sessionUid }: SessionRow,
): Promise<ResolvedMedia> {
  const refusal = refusalOf(link);
  if (refusal) throw new GraphError(131009, `${field}.link: ${refusal}.`);
  const url = new URL(link).href;
  const mediaId = linkedMediaIdOf({ sessionUid, kind, url }, dependencies.clock.now());
  const owner = { mediaId, accountId, sessionId, sessionUid, kind };
  const begin = (): Promise<void> =>
    beginFetch(dependencies, { version: 1, ...owner, link: url }, { staleAfterMs: FETCH_BOUND_MS });
  return Promise.resolve({ mediaId, begin });
}

/** What shows without asking the network; where it leads to is judged when it is fetched (D11). */
function refusalOf(link: string): string | undefined {
  if (link.length > LONGEST_LINK) return `must be at most ${LONGEST_LINK} characters long`;
  if (!URL.canParse(link)) return 'must be a URL, for example https://example.com/picture.jpg';
  const { protocol, username, password } = new URL(link);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https:// or http://';
  return username || password ? 'must not contain a user name or a password' : undefined;
}
