import path from 'node:path';

/** Where `bin/bundle.ts` puts what is deployed; the app is always synthesized from the repository's root. */
const DIST = path.resolve(import.meta.dirname, '../../dist');

/** Folder with `index.mjs` of the function `functions/<name>`. */
export const functionAsset = (name: string): string => path.join(DIST, 'functions', name);

/** Docker context of the connector's image. */
export const CONNECTOR_ASSET = path.join(DIST, 'connector');
