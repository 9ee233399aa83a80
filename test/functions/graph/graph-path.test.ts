import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGraphPath } from '../../../functions/graph/graph-path.ts';

describe('parseGraphPath', () => {
  it('reads any version, any id and any edge', () => {
    const version = fc.option(fc.tuple(fc.nat(99), fc.option(fc.nat(9))));
    const edge = fc.option(fc.stringMatching(/^[a-z_]{1,20}$/), { nil: undefined });
    fc.assert(
      fc.property(version, fc.stringMatching(/^\d{1,20}$/), edge, (numbers, id, name) => {
        const [major, minor] = numbers ?? [];
        const written = numbers ? `v${major}${minor === null ? '' : `.${minor}`}` : undefined;
        const path = [written, id, name].filter((part) => part !== undefined).join('/');
        expect(parseGraphPath(`/${path}`)).toEqual({ version: written, id, edge: name });
      }),
    );
  });
  it.each([
    '/',
    '',
    '/v23.0',
    '/messages',
    '/abc/messages',
    '/1/messages/2',
    '//1',
    '/v23.0.1/1',
    '/1 /messages',
    '/1/Messages',
  ])('reads %j as something else', (path) => expect(parseGraphPath(path)).toBeUndefined());
  it('gives a path or undefined for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = parseGraphPath(`/${text}`);
        if (read) expect(read.id).toMatch(/^\d+$/);
      }),
    );
  });
});
