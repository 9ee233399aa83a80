import type { Composed } from './composed.ts';

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly url?: string | undefined;
}

export function locationMessage({ latitude, longitude, ...named }: Place): Composed {
  const locationMessage = { degreesLatitude: latitude, degreesLongitude: longitude, ...named };
  return { type: 'media', mediaType: 'location', message: { locationMessage } };
}

export interface LivePlace {
  readonly latitude: number;
  readonly longitude: number;
  readonly caption?: string | undefined;
}

/** Where somebody is who shares it live. */
export function liveLocationMessage({ latitude, longitude, caption }: LivePlace): Composed {
  const liveLocationMessage = { degreesLatitude: latitude, degreesLongitude: longitude, caption, sequenceNumber: 1 };
  return { type: 'media', mediaType: 'livelocation', message: { liveLocationMessage } };
}
