import { Curve, makeNoiseHandler, NOISE_WA_HEADER, proto } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { silentBaileysLogger } from '../../../sandbox/sandbox-logger.ts';
import { encodeFrame, FrameReader } from '../../../sandbox/wire/frame-codec.ts';
import { createNoiseIdentity, NoiseResponder } from '../../../sandbox/wire/noise-responder.ts';
import { decodeStanza, encodeStanza } from '../../../sandbox/wire/stanza-codec.ts';

/** A handshake between Baileys' client side and ours. */
async function handshake() {
  const keyPair = Curve.generateKeyPair();
  const noiseKey = Curve.generateKeyPair();
  const server = new NoiseResponder(createNoiseIdentity(1_700_000_000_000));
  const client = makeNoiseHandler({ keyPair, NOISE_HEADER: NOISE_WA_HEADER, logger: silentBaileysLogger });
  const hello = proto.HandshakeMessage.encode({ clientHello: { ephemeral: keyPair.public } }).finish();
  const answer = proto.HandshakeMessage.decode(server.answerHello(hello));
  const encryptedStatic = client.processHandshake(answer, noiseKey);
  const payload = client.encrypt(Buffer.from('who I am'));
  const finish = proto.HandshakeMessage.encode({ clientFinish: { static: encryptedStatic, payload } }).finish();
  return { server, client, noiseKey, finish };
}

describe('NoiseResponder', () => {
  it('learns the client’s static key and payload, and exchanges frames both ways', async () => {
    const { server, client, noiseKey, finish } = await handshake();
    const peer = server.readFinish(finish);
    expect(peer.staticKey.equals(Buffer.from(noiseKey.public))).toBe(true);
    expect(peer.payload.toString()).toBe('who I am');
    await client.finishInit();
    const stanza = { tag: 'iq', attrs: { id: '1', type: 'get' } };
    const reader = new FrameReader();
    const [frame] = reader.push(client.encodeFrame(encodeStanza(stanza)));
    expect(decodeStanza(server.decrypt(frame ?? Buffer.alloc(0)))).toMatchObject(stanza);
    const received: unknown[] = [];
    await client.decodeFrame(encodeFrame(server.encrypt(encodeStanza(stanza))), (each) => received.push(each));
    expect(received).toMatchObject([stanza]);
  });

  it('refuses a finish that was changed on the way', async () => {
    const { server, finish } = await handshake();
    const changed = Buffer.from(finish);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(() => server.readFinish(changed)).toThrow();
  });

  it('refuses a frame that comes twice', async () => {
    const { server, client, finish } = await handshake();
    server.readFinish(finish);
    await client.finishInit();
    const [frame = Buffer.alloc(0)] = new FrameReader().push(
      client.encodeFrame(encodeStanza({ tag: 'iq', attrs: {} })),
    );
    server.decrypt(frame);
    expect(() => server.decrypt(frame)).toThrow();
  });

  it('refuses a first frame that is no client hello', () => {
    const server = new NoiseResponder(createNoiseIdentity(0));
    expect(() => server.answerHello(proto.HandshakeMessage.encode({}).finish())).toThrow('client hello');
  });
});
