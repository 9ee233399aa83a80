import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RouteTable } from '../../../local/http-api/route-table.ts';

const table = (...keys: string[]) => new RouteTable(keys.map((routeKey) => ({ routeKey, target: routeKey })));

describe('RouteTable', () => {
  it.each([
    ['GET', '/a', 'GET /a'],
    ['POST', '/a', 'ANY /a'],
    ['GET', '/a/', 'ANY /a/{proxy+}'],
    ['GET', '/a/b', 'GET /a/b'],
    ['GET', '/a/c', 'ANY /a/{id}'],
    ['GET', '/a/b/c', 'ANY /a/{proxy+}'],
    ['GET', '/', '$default'],
    ['GET', '/v23.0/1/messages', '$default'],
  ])('leads %s %s to %s', (method, path, expected) => {
    const routes = table('$default', 'ANY /a/{proxy+}', 'ANY /a/{id}', 'ANY /a', 'GET /a', 'GET /a/b');
    expect(routes.match(method, path)?.routeKey).toBe(expected);
  });

  it('gives path variables', () => {
    expect(table('GET /s/{id}/x/{rest+}').match('GET', '/s/12/x/a/b')?.pathParameters).toEqual({
      id: '12',
      rest: 'a/b',
    });
  });

  it.each(['FETCH /a', 'GET a', '/a', 'GET /{proxy+}/a'])('refuses the route key %s', (key) => {
    expect(() => table(key)).toThrow(key);
  });

  it('finds no route or the one whose literal segments stand in the path', () => {
    const segment = fc.stringMatching(/^[a-c]{1,2}$/);
    fc.assert(
      fc.property(
        fc.array(fc.array(segment, { maxLength: 3 }), { maxLength: 5 }),
        fc.array(segment),
        (paths, asked) => {
          const keys = paths.map((path) => `ANY /${path.join('/')}`);
          const path = `/${asked.join('/')}`;
          expect(table(...keys).match('GET', path)?.routeKey).toBe(
            keys.includes(`ANY ${path}`) ? `ANY ${path}` : undefined,
          );
        },
      ),
    );
  });
});
