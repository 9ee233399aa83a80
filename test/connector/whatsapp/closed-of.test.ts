import { describe, expect, it } from 'vitest';
import { closedOf } from '../../../connector/whatsapp/closed-of.ts';

/** As Baileys throws it: a Boom error. */
const boom = (message: string, statusCode: number, data?: object): Error =>
  Object.assign(new Error(message), { output: { statusCode }, data });
const failure = (statusCode: number, data?: object): Error => boom('Connection Failure', statusCode, data);

describe('closedOf', () => {
  it.each([
    ['a failure of WhatsApp', failure(403), { code: 403, cause: 'whatsapp' }],
    ['a stream error', boom('Stream Errored (conflict)', 440), { code: 440, cause: 'whatsapp' }],
    ['a lost line', boom('Connection was lost', 408), { code: 408, cause: 'network' }],
    ['an unknown error of the WebSocket', boom('WebSocket Error (x)', 500), { code: 500, cause: 'network' }],
    ['nobody who scanned', boom('QR refs attempts ended', 408), { code: 408, cause: 'unscanned' }],
    ['nothing at all', undefined, { code: 428, cause: 'network' }],
    ['an error without a code', new Error('x'), { code: 428, cause: 'network' }],
  ])('reads %s', (_, error, closed) => {
    expect(closedOf(error)).toEqual(closed);
  });

  it('reads how long a ban lasts, where WhatsApp says it', () => {
    expect(closedOf(failure(402, { reason: '402', expire: '3600' }))).toEqual({
      code: 402,
      cause: 'whatsapp',
      banS: 3600,
    });
    for (const expire of ['', 'soon', '-1', '0', undefined]) {
      expect(closedOf(failure(402, { reason: '402', expire }))).toEqual({ code: 402, cause: 'whatsapp' });
    }
  });
});
