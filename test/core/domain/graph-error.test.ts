import { describe, expect, it } from 'vitest';
import { GRAPH_ERRORS, GraphError, isGraphCode, objectMissing, renderGraphError } from '#core/domain/graph-error.ts';

describe('GraphError', () => {
  it.each(Object.keys(GRAPH_ERRORS).map(Number))('renders code %i in Meta’s shape', (code) => {
    if (!isGraphCode(code)) throw new Error('unknown');
    const error = new GraphError(code, 'to: no number.');
    expect(error.status).toBeGreaterThanOrEqual(400);
    expect(renderGraphError(error, 'trace')).toEqual({
      error: {
        message: expect.stringContaining(GRAPH_ERRORS[code].title) as string,
        type: 'OAuthException',
        code,
        error_data: { messaging_product: 'whatsapp', details: 'to: no number.' },
        is_transient: false,
        fbtrace_id: 'trace',
      },
    });
  });
  it('puts the code into the message, except where Meta does not', () => {
    expect(new GraphError(131009, '').message).toBe('(#131009) Parameter value is not valid');
    expect(new GraphError(190, '').message).toMatch(/^Invalid OAuth access token/);
  });
});

describe('objectMissing', () => {
  it('is Meta’s 100 with subcode 33', () => {
    const { error } = renderGraphError(objectMissing("Object with ID '1'", { status: 400, method: 'POST' }), 't');
    expect(error).toMatchObject({ code: 100, error_subcode: 33, type: 'GraphMethodException' });
    expect(error.message).toContain("Unsupported post request. Object with ID '1' does not exist");
  });
});
