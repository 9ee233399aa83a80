import { describe, expect, it } from 'vitest';
import { errorFields, maskNumbers } from '../../../connector/observability/logger.ts';

describe('maskNumbers', () => {
  it('leaves the last four digits of phone numbers and LIDs', () => {
    expect(maskNumbers('user 5511999990000:3@s.whatsapp.net, 194765305195565@lid')).toBe(
      'user …0000:3@s.whatsapp.net, …5565@lid',
    );
  });

  it('leaves short numbers and ids of ours alone', () => {
    expect(maskNumbers('code 428 after 20000 ms, 3EB0AB12CD34')).toBe('code 428 after 20000 ms, 3EB0AB12CD34');
  });
});

describe('errorFields', () => {
  it('shows what happened and where, without numbers', () => {
    const error = new Error('no session for 5511999990000', { cause: new TypeError('bad') });
    expect(errorFields(error)).toMatchObject({
      type: 'Error',
      message: 'no session for …0000',
      cause: { type: 'TypeError', message: 'bad' },
    });
    expect(errorFields('5511999990000')).toEqual({ type: 'string', message: '…0000' });
  });
});
