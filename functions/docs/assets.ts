import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ApiResponse } from '../shared/api-response.ts';

/** Files that lie beside the bundle, with their content types. */
const CONTENT_TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'openapi.json': 'application/json; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const;

export type AssetName = keyof typeof CONTENT_TYPES;

export const isAssetName = (name: string): name is AssetName => Object.hasOwn(CONTENT_TYPES, name);

/** A browser asks again after an hour: a deploy changes the files. */
const CACHE_CONTROL = 'public, max-age=3600';

/**
 * Serves files of one folder, compressed where the client takes gzip: Lambda answers at most 6 MB, and API Gateway bills by size.
 * Each is read and compressed once.
 */
export function makeAssets(folder: string) {
  const plain = new Map<AssetName, Buffer>();
  const zipped = new Map<AssetName, Buffer>();
  const read = (name: AssetName): Buffer => remembered(plain, name, () => readFileSync(path.join(folder, name)));
  return (name: AssetName, acceptEncoding: string | undefined): ApiResponse => {
    const gzip = /\bgzip\b/.test(acceptEncoding ?? '');
    const body = gzip ? remembered(zipped, name, () => gzipSync(read(name))) : read(name);
    return {
      headers: {
        'content-type': CONTENT_TYPES[name],
        'cache-control': CACHE_CONTROL,
        vary: 'accept-encoding',
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      },
      body,
    };
  };
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
