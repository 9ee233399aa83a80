import { NOISE_WA_HEADER } from '@whiskeysockets/baileys';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from '../../../sandbox/wire/frame-codec.ts';

const bodies = fc.array(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 8 },
);

describe('FrameReader', () => {
  it('finds the same frames however the bytes are cut', () => {
    fc.assert(
      fc.property(
        bodies,
        fc.array(fc.nat(700), { maxLength: 8 }),
        fc.option(fc.uint8Array({ maxLength: 40 })),
        (frames, cuts, routing) => {
          const prefix = routing ? routingPrefix(routing) : Buffer.alloc(0);
          const stream = Buffer.concat([prefix, NOISE_WA_HEADER, ...frames.map(encodeFrame)]);
          const reader = new FrameReader();
          const found: Buffer[] = [];
          const ends = [...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
          let start = 0;
          for (const end of ends) {
            found.push(...reader.push(stream.subarray(start, end)).map((frame) => Buffer.from(frame)));
            start = end;
          }
          expect(found).toEqual(frames);
        },
      ),
    );
  });

  it('refuses a stream that begins with something else', () => {
    expect(() => new FrameReader().push(Buffer.from('GET / HTTP/1.1'))).toThrow('unknown stream header');
  });

  it('refuses a body that does not fit into three length bytes', () => {
    expect(() => encodeFrame(Buffer.alloc(2 ** 24))).toThrow('16777215');
  });
});

function routingPrefix(routing: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x45, 0x44, 0, 1, 0, 0, routing.length]), routing]);
}
