import type { proto } from '@whiskeysockets/baileys';
import type { LocationContent } from '#core/contracts/inbound/location.ts';
import type { Reader } from './reading.ts';

/** A pin, a place, or the first word of a live location. */
export const readLocation: Reader = ({ locationMessage: place, liveLocationMessage: live }) => {
  const position = positionOf(place ?? live ?? {});
  if (place && position) {
    return { content: content({ ...position, ...namesOf(place), ...(place.isLive && { live: true }) }) };
  }
  if (live && position) {
    return { content: content({ ...position, live: true, ...(live.caption && { caption: live.caption }) }) };
  }
  return undefined;
};

const content = (location: LocationContent['location']): LocationContent => ({ type: 'location', location });

/** JSON has no NaN. */
function positionOf(place: {
  readonly degreesLatitude?: number | null;
  readonly degreesLongitude?: number | null;
}): { readonly latitude: number; readonly longitude: number } | undefined {
  const latitude = place.degreesLatitude ?? 0;
  const longitude = place.degreesLongitude ?? 0;
  return Number.isFinite(latitude) && Number.isFinite(longitude) ? { latitude, longitude } : undefined;
}

const namesOf = ({ name, address, url }: proto.Message.ILocationMessage) => ({
  ...(name && { name }),
  ...(address && { address }),
  ...(url && { url }),
});
