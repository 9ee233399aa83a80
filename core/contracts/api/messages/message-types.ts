/** Values of `type`: Meta's, and the extensions `poll`, `edit` and `revoke`. */
export const MESSAGE_TYPES = [
  'text',
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'location',
  'contacts',
  'reaction',
  'interactive',
  'template',
  'poll',
  'edit',
  'revoke',
] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];
