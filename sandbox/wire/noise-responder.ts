import { createHash } from 'node:crypto';
import type { KeyPair } from '@whiskeysockets/baileys';
import { aesDecryptGCM, aesEncryptGCM, Curve, hkdf, NOISE_MODE, NOISE_WA_HEADER, proto } from '@whiskeysockets/baileys';

const NOTHING = Buffer.alloc(0);
const IV_BYTES = 12;
const KEY_BYTES = 32;

/** What the server is known by in the handshake: its static key and the certificate chain over it. */
export interface NoiseIdentity {
  readonly staticKey: KeyPair;
  /** An encoded `CertChain`. */
  readonly certificate: Uint8Array;
}

/** Who is at the other end, once the handshake is over. */
export interface NoisePeer {
  /** The client's static (noise) public key, 32 bytes. */
  readonly staticKey: Buffer;
  /** The encoded `ClientPayload`. */
  readonly payload: Buffer;
}

/**
 * The server's side of `Noise_XX_25519_AESGCM_SHA256` as WhatsApp uses it: client ephemeral, then the
 * server's ephemeral, static key and certificate, then the client's static key and payload.
 * Order of calls: `answerHello`, `readFinish`, then `encrypt` and `decrypt` for every frame.
 */
export class NoiseResponder {
  readonly #identity: NoiseIdentity;
  readonly #ephemeral: KeyPair;
  #hash: Buffer;
  #chainingKey: Buffer;
  #key: Buffer;
  #counter = 0;
  #sendKey: Buffer | undefined;
  #receiveKey: Buffer | undefined;
  #sent = 0;
  #received = 0;

  constructor(identity: NoiseIdentity) {
    this.#identity = identity;
    this.#ephemeral = Curve.generateKeyPair();
    this.#hash = Buffer.from(NOISE_MODE);
    this.#chainingKey = this.#hash;
    this.#key = this.#hash;
    this.#mixHash(NOISE_WA_HEADER);
  }

  /** Takes the client's first handshake message and returns ours. Throws when it is not a client hello. */
  answerHello(message: Uint8Array): Uint8Array {
    const clientEphemeral = proto.HandshakeMessage.decode(message).clientHello?.ephemeral;
    if (clientEphemeral?.length !== KEY_BYTES) throw new Error('the first frame is not a client hello');
    this.#mixHash(clientEphemeral);
    this.#mixHash(this.#ephemeral.public);
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, clientEphemeral));
    const encryptedStatic = this.#seal(this.#identity.staticKey.public);
    this.#mixKey(Curve.sharedKey(this.#identity.staticKey.private, clientEphemeral));
    const payload = this.#seal(this.#identity.certificate);
    return proto.HandshakeMessage.encode({
      serverHello: { ephemeral: this.#ephemeral.public, static: encryptedStatic, payload },
    }).finish();
  }

  /** Takes the client's second handshake message. Throws when it was not made for this handshake. */
  readFinish(message: Uint8Array): NoisePeer {
    const finish = proto.HandshakeMessage.decode(message).clientFinish;
    if (!finish?.static || !finish.payload) throw new Error('the second frame is not a client finish');
    const staticKey = this.#open(finish.static);
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, staticKey));
    const payload = this.#open(finish.payload);
    const [receiveKey, sendKey] = expand(NOTHING, this.#chainingKey);
    this.#receiveKey = receiveKey;
    this.#sendKey = sendKey;
    return { staticKey, payload };
  }

  /** Encrypts one frame to the client. */
  encrypt(plaintext: Uint8Array): Buffer {
    if (!this.#sendKey) throw new Error('the handshake is not over');
    return aesEncryptGCM(plaintext, this.#sendKey, iv(this.#sent++), NOTHING);
  }

  /** Decrypts one frame from the client. Throws when the frame was changed, repeated or left out on the way. */
  decrypt(ciphertext: Uint8Array): Buffer {
    if (!this.#receiveKey) throw new Error('the handshake is not over');
    return aesDecryptGCM(ciphertext, this.#receiveKey, iv(this.#received++), NOTHING);
  }

  #seal(plaintext: Uint8Array): Buffer {
    const ciphertext = aesEncryptGCM(plaintext, this.#key, iv(this.#counter++), this.#hash);
    this.#mixHash(ciphertext);
    return ciphertext;
  }

  #open(ciphertext: Uint8Array): Buffer {
    const plaintext = aesDecryptGCM(ciphertext, this.#key, iv(this.#counter++), this.#hash);
    this.#mixHash(ciphertext);
    return plaintext;
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = createHash('sha256').update(this.#hash).update(data).digest();
  }

  #mixKey(secret: Uint8Array): void {
    [this.#chainingKey, this.#key] = expand(secret, this.#chainingKey);
    this.#counter = 0;
  }
}

function expand(secret: Uint8Array, salt: Buffer): [Buffer, Buffer] {
  const both = Buffer.from(hkdf(Buffer.from(secret), 2 * KEY_BYTES, { salt, info: '' }));
  return [both.subarray(0, KEY_BYTES), both.subarray(KEY_BYTES)];
}

function iv(counter: number): Buffer {
  const bytes = Buffer.alloc(IV_BYTES);
  bytes.writeUInt32BE(counter, IV_BYTES - 4);
  return bytes;
}

/** Days that a made-up certificate is valid; the real ones last about as long. */
const CERTIFICATE_DAYS = 365;
const SECONDS_PER_DAY = 86_400;

/** Makes a server identity with a certificate chain of the real one's shape, signed by a root of its own. */
export function createNoiseIdentity(nowMs: number): NoiseIdentity {
  const root = Curve.generateKeyPair();
  const intermediate = Curve.generateKeyPair();
  const staticKey = Curve.generateKeyPair();
  const notBefore = Math.floor(nowMs / 1000);
  const validity = { notBefore, notAfter: notBefore + CERTIFICATE_DAYS * SECONDS_PER_DAY };
  const { Details } = proto.CertChain.NoiseCertificate;
  const issuer = Details.encode({ serial: 1, issuerSerial: 0, key: intermediate.public, ...validity }).finish();
  const leaf = Details.encode({ serial: 2, issuerSerial: 1, key: staticKey.public, ...validity }).finish();
  const certificate = proto.CertChain.encode({
    leaf: { details: leaf, signature: Curve.sign(intermediate.private, leaf) },
    intermediate: { details: issuer, signature: Curve.sign(root.private, issuer) },
  }).finish();
  return { staticKey, certificate };
}
