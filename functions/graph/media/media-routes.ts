import type { GraphRoute } from '../graph-route.ts';
import type { MediaDependencies } from './media-dependencies.ts';
import { makeDeleteMedia, makeReadMedia } from './read-media.ts';
import { makeUploadMedia } from './upload-media.ts';

/** Files: upload, what they are, deletion. Their bytes are not served here but behind `GET /media/{token}`. */
export function mediaRoutes(dependencies: MediaDependencies): readonly GraphRoute[] {
  const upload = makeUploadMedia(dependencies);
  const read = makeReadMedia(dependencies);
  const remove = makeDeleteMedia(dependencies);
  return [
    { on: 'phone_number', edge: 'media', method: 'POST', run: async (request) => ({ body: await upload(request) }) },
    { on: 'media', method: 'GET', run: async (request) => ({ body: await read(request) }) },
    { on: 'media', method: 'DELETE', run: async (request) => ({ body: await remove(request) }) },
  ];
}
