import type { proto } from '@whiskeysockets/baileys';
import type { Content, WireMessage } from './writing.ts';

export function writeLocation(
  { location }: Content<'location'>,
  contextInfo: proto.IContextInfo | undefined,
): WireMessage {
  return { message: { locationMessage: { ...locationOf(location), ...(contextInfo && { contextInfo }) } } };
}

/** A place as WhatsApp's protobuf names its parts. */
export const locationOf = ({ latitude, longitude, name, address }: Content<'location'>['location']) => ({
  degreesLatitude: latitude,
  degreesLongitude: longitude,
  ...(name && { name }),
  ...(address && { address }),
});
