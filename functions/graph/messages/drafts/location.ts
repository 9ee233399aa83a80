import type { MessageObject } from '#core/contracts/api/messages/request.ts';
import type { Draft } from './draft.ts';

export const draftLocation = ({ latitude, longitude, name, address }: MessageObject<'location'>): Draft => ({
  content: {
    type: 'location',
    location: { latitude, longitude, ...(name ? { name } : {}), ...(address ? { address } : {}) },
  },
});
