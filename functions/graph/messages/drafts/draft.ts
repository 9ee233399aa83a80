import type { ContentOf, OutboundContent } from '#core/contracts/outbound/content.ts';
import type { MediaReference } from '#core/contracts/outbound/media-reference.ts';
import type { Wamid } from '#core/domain/wamid.ts';
import type { MediaWish } from '../../media/media-resolver.ts';

/** Another message that a request names, and where. */
export interface Mention {
  readonly wamid: Wamid;
  /** Path in the request, for errors. */
  readonly field: string;
  /** It has to be one that the number itself has sent, or received. */
  readonly direction?: 'in' | 'out';
}

/** A checked message that lacks nothing but the id of its file. */
export type Draft = (
  | { readonly media?: undefined; readonly previewOf?: undefined; readonly content: OutboundContent }
  | {
      readonly media: MediaWish;
      readonly previewOf?: undefined;
      readonly contentWith: (media: MediaReference) => OutboundContent;
    }
  /** A text that shows a preview of an address in it. */
  | { readonly media?: undefined; readonly previewOf: string; readonly content: ContentOf<'text'> }
) & {
  /** Messages that it is about. */
  readonly mentions?: readonly Mention[];
};
