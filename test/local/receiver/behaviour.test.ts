import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBehaviour, react, WELL, wordsOf } from '../../../local/receiver/behaviour.ts';

const reactionOf = (words: string) => parseBehaviour(words)?.reaction;

describe('behaviour of the receiver', () => {
  it.each([
    ['ok', { kind: 'answer', status: 200, headers: {} }],
    ['fail', { kind: 'answer', status: 500, headers: {} }],
    ['FAIL 503', { kind: 'answer', status: 503, headers: {} }],
    ['410', { kind: 'answer', status: 410, headers: {} }],
    ['retry-after 60', { kind: 'answer', status: 429, headers: { 'retry-after': '60' } }],
    ['retry-after 2m 503', { kind: 'answer', status: 503, headers: { 'retry-after': '120' } }],
    ['abort', { kind: 'answer', status: 400, headers: { 'webhook-delivery': 'abort-message' } }],
    ['disable', { kind: 'answer', status: 400, headers: { 'webhook-delivery': 'disable' } }],
    ['reset', { kind: 'reset' }],
    ['drip', { kind: 'drip' }],
  ])('reads %s', (words, reaction) => {
    expect(reactionOf(words)).toEqual(reaction);
  });

  it('reads how often, how many times and how late', () => {
    expect(parseBehaviour('fail 30%')).toMatchObject({ share: 0.3, times: undefined, delayMs: 0 });
    expect(parseBehaviour('fail 502 x3')).toMatchObject({ share: 1, times: 3, reaction: { status: 502 } });
    expect(parseBehaviour('slow 20s 50%')).toMatchObject({ delayMs: 20_000, share: 0.5 });
    expect(parseBehaviour('slow 250ms')).toMatchObject({ delayMs: 250 });
  });

  it.each([
    '',
    'fall 500',
    'fail 5000',
    'fail 101%',
    'fail 99',
    'slow',
    'slow ever',
    'slow 2h',
    'ok 3',
    '600',
    '100',
    'constructor',
  ])('does not read "%s"', (words) => {
    expect(parseBehaviour(words)).toBeUndefined();
  });

  it('says what it does in words that mean the same again', () => {
    for (const words of [
      'ok',
      'fail 503 30% x4',
      'slow 20s 50%',
      'retry-after 60 429',
      'abort',
      'disable x1',
      'reset',
      'drip 5%',
    ])
      expect(wordsOf(parseBehaviour(words) ?? WELL)).toBe(words);
  });

  it('reads any line without an error', () => {
    assert(property(string(), (words) => void parseBehaviour(words)));
  });

  it('misbehaves as often as it was told, and so many times', () => {
    const thirty = parseBehaviour('fail 30%') ?? WELL;
    const of100 = Array.from({ length: 100 }, (_, n) => react(thirty, n / 100).reaction);
    expect(of100.filter((reaction) => reaction.kind === 'answer' && reaction.status === 500)).toHaveLength(30);
    let behaviour = parseBehaviour('fail x2') ?? WELL;
    const statuses = Array.from({ length: 4 }, () => {
      const { reaction, next } = react(behaviour, 0);
      behaviour = next;
      return reaction.kind === 'answer' ? reaction.status : 0;
    });
    expect(statuses).toEqual([500, 500, 200, 200]);
  });
});
