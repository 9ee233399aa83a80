import { describe, expect, it, vi } from 'vitest';
import { GraphError } from '#core/domain/graph-error.ts';
import { apiHandler } from '../../../functions/shared/api-handler.ts';
import { callApi } from '../support/call-api.ts';

describe('apiHandler', () => {
  it('answers an unexpected error opaquely, with the trace id that the log has', async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const out = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const answer = await callApi(
      apiHandler(() => Promise.reject(new Error('secret table name'))),
      'GET /',
    );
    spy.mockRestore();
    out.mockRestore();
    expect(answer.status).toBe(500);
    expect(answer.error()).toMatchObject({ code: 131000, is_transient: false });
    expect(answer.body).not.toContain('secret table name');
    const trace = answer.error().fbtrace_id;
    expect(answer.headers['x-fb-trace-id']).toBe(trace);
    expect(lines.some((line) => line.includes('"ApiErrored":1'))).toBe(true);
  });
  it.each([
    Object.assign(new Error('x'), { name: 'ThrottlingException' }),
    Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('x'), { $metadata: { httpStatusCode: 503 } }),
  ])('says that it may pass when a part did not answer', async (error) => {
    const answer = await callApi(
      apiHandler(async () => {
        throw error;
      }),
      'GET /',
    );
    expect(answer.status).toBe(503);
    expect(answer.error()).toMatchObject({ code: 2, is_transient: true });
    expect(answer.headers['retry-after']).toBe('1');
  });
  it('refuses in time by itself when an answer does not come', async () => {
    const answer = callApi(
      apiHandler(() => new Promise(() => undefined)),
      'GET /',
      { remainingMs: 1010 },
    );
    expect(await answer).toMatchObject({ status: 503, json: { error: { code: 2 } } });
  });
  it('passes a refusal on with its headers, and never caches', async () => {
    const refusal = new GraphError(100, 'No.', { status: 405, headers: { allow: 'GET' } });
    const answer = await callApi(
      apiHandler(() => Promise.reject(refusal)),
      'GET /',
    );
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET', 'cache-control': 'no-store' } });
  });
});
