/** What a template and the parameters of a message become: the pieces of an ordinary message, all variables filled. */
export interface RenderedTemplate {
  readonly header?: RenderedHeader;
  readonly body: string;
  readonly footer?: string;
  /** In the order of the template; empty if it has none. */
  readonly buttons: readonly RenderedButton[];
}

/** A file as the client named it: exactly one of `id` and `link`. */
export interface RenderedMedia {
  readonly id?: string;
  readonly link?: string;
  readonly filename?: string;
}

export type RenderedHeader =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image' | 'video' | 'document'; readonly media: RenderedMedia }
  | {
      readonly type: 'location';
      readonly location: {
        readonly latitude: number;
        readonly longitude: number;
        readonly name?: string;
        readonly address?: string;
      };
    };

export type RenderedButton =
  /** A tap comes back as Meta's inbound kind `button`, with the payload. */
  | { readonly type: 'quick_reply'; readonly text: string; readonly payload: string }
  | { readonly type: 'url'; readonly text: string; readonly url: string }
  | { readonly type: 'phone_number'; readonly text: string; readonly phoneNumber: string }
  | { readonly type: 'copy_code'; readonly text: string; readonly code: string };
