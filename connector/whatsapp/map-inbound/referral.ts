import { proto } from '@whiskeysockets/baileys';
import type { Referral } from '#core/contracts/inbound/referral.ts';

const { MediaType } = proto.ContextInfo.ExternalAdReplyInfo;

/** The ad or post that a person came from; undefined for a link preview, which WhatsApp carries in the same member. */
export function referralOf(ad: proto.ContextInfo.IExternalAdReplyInfo): Referral | undefined {
  const type = ad.sourceType === 'post' ? 'post' : ad.sourceType === 'ad' || ad.ctwaClid ? 'ad' : undefined;
  if (!type) return undefined;
  const isVideo = ad.mediaType === MediaType.VIDEO;
  const isImage = ad.mediaType === MediaType.IMAGE;
  const picture = ad.originalImageUrl || ad.mediaUrl || ad.thumbnailUrl;
  return {
    source_type: type,
    ...text('source_url', ad.sourceUrl),
    ...text('source_id', ad.sourceId),
    ...text('headline', ad.title),
    ...text('body', ad.body),
    ...(isVideo && { media_type: 'video', ...text('video_url', ad.mediaUrl) }),
    ...(isImage && { media_type: 'image', ...text('image_url', picture) }),
    ...text('thumbnail_url', ad.thumbnailUrl),
    ...text('ctwa_clid', ad.ctwaClid),
    ...(ad.greetingMessageBody && { welcome_message: { text: ad.greetingMessageBody } }),
  };
}

const text = <K extends string>(key: K, value: string | null | undefined): { readonly [key in K]?: string } =>
  (value ? { [key]: value } : {}) as { readonly [key in K]?: string };
