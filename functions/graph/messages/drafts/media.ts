import type { MessageObject } from '#core/contracts/api/messages/request.ts';
import type { MediaContent } from '#core/contracts/outbound/content.ts';
import type { MediaWish } from '../../media/media-resolver.ts';
import type { Draft } from './draft.ts';

type Files = { readonly [T in MediaContent['type']]: MessageObject<T> };

const reference = ({
  id,
  link,
}: {
  readonly id?: string | null | undefined;
  readonly link?: string | null | undefined;
}) => ({ ...(id ? { id } : {}), ...(link ? { link } : {}) }) satisfies MediaWish['reference'];

const caption = (file: { readonly caption?: string | null | undefined }) =>
  file.caption ? { caption: file.caption } : {};

export const draftImage = (image: Files['image']): Draft => ({
  media: { kind: 'image', reference: reference(image), field: 'image' },
  contentWith: (media) => ({ type: 'image', media, ...caption(image) }),
});

export const draftVideo = (video: Files['video']): Draft => ({
  media: { kind: 'video', reference: reference(video), field: 'video' },
  contentWith: (media) => ({ type: 'video', media, ...caption(video) }),
});

export const draftAudio = (audio: Files['audio']): Draft => ({
  media: { kind: 'audio', reference: reference(audio), field: 'audio' },
  contentWith: (media) => ({ type: 'audio', media, ...(audio.voice ? { voice: true } : {}) }),
});

export const draftDocument = (document: Files['document']): Draft => ({
  media: { kind: 'document', reference: reference(document), field: 'document' },
  contentWith: (media) => ({
    type: 'document',
    media,
    ...caption(document),
    ...(document.filename ? { filename: document.filename } : {}),
  }),
});

export const draftSticker = (sticker: Files['sticker']): Draft => ({
  media: { kind: 'sticker', reference: reference(sticker), field: 'sticker' },
  contentWith: (media) => ({ type: 'sticker', media }),
});
