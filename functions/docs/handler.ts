import path from 'node:path';
import { apiHandler } from '../shared/api-handler.ts';
import { unknownPath, wrongMethod } from '../shared/router.ts';
import { isAssetName, makeAssets } from './assets.ts';

const assetOf = makeAssets(path.join(import.meta.dirname, 'assets'));

/** GET /openapi.json, and GET /docs, which renders it without the internet; its script and its style lie below. */
export const handler = apiHandler(async ({ method, path: asked, headers }) => {
  if (method !== 'GET') throw wrongMethod(method, ['GET']);
  const name = asked === '/docs' ? 'index.html' : asked.slice(asked.lastIndexOf('/') + 1);
  if (!isAssetName(name)) throw unknownPath(asked);
  return assetOf(name, headers['accept-encoding']);
});
