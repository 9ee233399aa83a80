import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAssetName, makeAssets } from '../../../functions/docs/assets.ts';

describe('makeAssets', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pombo-docs-'));
    writeFileSync(path.join(folder, 'openapi.json'), '{"openapi":"3.1.0"}');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('serves a file with its content type, compressed for who takes it', () => {
    const assets = makeAssets(folder);
    const plain = assets('openapi.json', undefined);
    expect(plain.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8' });
    expect((plain.body as Buffer).toString()).toBe('{"openapi":"3.1.0"}');
    const zipped = assets('openapi.json', 'br, gzip');
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip' });
    expect(gunzipSync(zipped.body as Buffer).toString()).toBe('{"openapi":"3.1.0"}');
  });
  it('knows only its own files', () => {
    expect(['index.html', 'swagger-ui.css'].every(isAssetName)).toBe(true);
    expect(['../handler.ts', 'toString', '__proto__', ''].some(isAssetName)).toBe(false);
  });
});
