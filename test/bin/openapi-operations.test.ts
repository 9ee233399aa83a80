import { describe, expect, it } from 'vitest';
import { PATHS } from '../../bin/openapi/operations.ts';

describe('operations of the OpenAPI document', () => {
  const operations = Object.values(PATHS).flatMap(({ get, post, patch, delete: remove }) => [get, post, patch, remove]);
  const withBody = operations.filter((operation) => operation?.requestBody);

  it('names 400, 413 and 415 for every operation that reads a body', () => {
    expect(withBody.length).toBeGreaterThan(10);
    for (const operation of withBody)
      expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(['400', '413', '415']));
  });

  it('names 403, which a banned number answers, for messages', () => {
    expect(PATHS['/{phone_number_id}/messages']?.post?.responses).toHaveProperty('403');
  });
});
