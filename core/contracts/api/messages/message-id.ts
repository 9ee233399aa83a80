import { WamidSchema } from '../../../domain/wamid.ts';

/** A message id of this API; that it belongs to the session is checked where the session is known. */
export const messageIdSchema = WamidSchema.meta({
  description: 'Message id of this number, received or sent',
  example: 'wamid.AQH1fvFkIvbvMiGbhbozRUIwQzU3M0U4OENDMkYyRTNFNDM3',
});
