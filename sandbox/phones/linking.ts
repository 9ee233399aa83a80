import {
  aesDecryptGCM,
  aesEncryptCTR,
  Curve,
  derivePairingCodeKey,
  hkdf,
  hmacSign,
  proto,
  WA_ADV_ACCOUNT_SIG_PREFIX,
} from '@whiskeysockets/baileys';
import type { PairingDesk } from '../server/pairing-desk.ts';
import type { DeviceAddress } from '../store/jid.ts';
import type { SimulatedDevice } from './simulated-device.ts';

/** WhatsApp links four companions to a phone at most. */
const MOST_COMPANIONS = 4;
/** In front of the fields of a QR code since 2026; older clients show the fields alone. */
const QR_PREFIX = /^https:\/\/wa\.me\/settings\/linked_devices#/;
const SALT_BYTES = 32;
const COUNTER_BYTES = 16;
const GCM_IV_BYTES = 12;
const KEY_BYTES = 32;

/** What a companion's QR code says. */
export interface QrCode {
  readonly ref: string;
  readonly companionIdentity: Buffer;
  readonly advSecret: Buffer;
}

/** Reads the text of a QR code; undefined when it is none of WhatsApp's. */
export function parseQr(text: string): QrCode | undefined {
  const [ref, noiseKey, identity, secret] = text.trim().replace(QR_PREFIX, '').split(',');
  if (!ref || !noiseKey || !identity || !secret) return undefined;
  const companionIdentity = Buffer.from(identity, 'base64');
  const advSecret = Buffer.from(secret, 'base64');
  if (companionIdentity.length !== KEY_BYTES || advSecret.length !== KEY_BYTES) return undefined;
  return { ref, companionIdentity, advSecret };
}

/** Links the companion that shows this QR code to the phone's number. */
export async function linkByQr(phone: SimulatedDevice, desk: PairingDesk, qr: QrCode): Promise<DeviceAddress> {
  const { keyIndex, signedIdentity } = signIdentity(phone, qr.companionIdentity, qr.advSecret);
  const { number } = phone.address;
  return desk.linkByRef(qr.ref, { number, keyIndex, companionIdentity: qr.companionIdentity, signedIdentity });
}

/**
 * Links the companion that has asked for a pairing code, with the eight characters that the person typed in.
 * Throws when nobody has asked or the characters are wrong.
 */
export async function linkByCode(phone: SimulatedDevice, desk: PairingDesk, code: string): Promise<DeviceAddress> {
  const { number } = phone.address;
  const pairing = desk.codePairing(number);
  if (!pairing) throw new Error(`No device has asked ${number} for a pairing code.`);
  const companionEphemeral = await unwrap(pairing.wrappedEphemeral, code);
  const ephemeral = Curve.generateKeyPair();
  const identity = phone.signal.creds.signedIdentityKey;
  const salt = phone.world.context.random(SALT_BYTES);
  const counter = phone.world.context.random(COUNTER_BYTES);
  const key = await derivePairingCodeKey(code, salt);
  const wrapped = Buffer.concat([salt, counter, aesEncryptCTR(ephemeral.public, key, counter)]);
  const finish = await desk.answerCode(number, wrapped, identity.public);
  const shared = Curve.sharedKey(ephemeral.private, companionEphemeral);
  const random = openKeyBundle(finish.wrappedKeyBundle, shared, [finish.companionIdentity, identity.public]);
  const identityShared = Curve.sharedKey(identity.private, finish.companionIdentity);
  const secret = Buffer.from(hkdf(Buffer.concat([shared, identityShared, random]), KEY_BYTES, { info: 'adv_secret' }));
  const { keyIndex, signedIdentity } = signIdentity(phone, finish.companionIdentity, secret);
  return desk.linkByCode({ number, keyIndex, companionIdentity: finish.companionIdentity, signedIdentity });
}

async function unwrap(wrapped: Buffer, code: string): Promise<Buffer> {
  const key = await derivePairingCodeKey(code, wrapped.subarray(0, SALT_BYTES));
  const counter = wrapped.subarray(SALT_BYTES, SALT_BYTES + COUNTER_BYTES);
  return aesEncryptCTR(wrapped.subarray(SALT_BYTES + COUNTER_BYTES), key, counter);
}

/** Opens what the companion wrapped for us and returns its random bytes. Throws when the code was wrong. */
function openKeyBundle(wrapped: Buffer, shared: Buffer, identities: readonly Uint8Array[]): Buffer {
  const salt = wrapped.subarray(0, SALT_BYTES);
  const iv = wrapped.subarray(SALT_BYTES, SALT_BYTES + GCM_IV_BYTES);
  const info = 'link_code_pairing_key_bundle_encryption_key';
  const key = Buffer.from(hkdf(shared, KEY_BYTES, { salt, info }));
  let bundle: Buffer;
  try {
    bundle = aesDecryptGCM(wrapped.subarray(SALT_BYTES + GCM_IV_BYTES), key, iv, Buffer.alloc(0));
  } catch (error) {
    throw new Error('That pairing code is wrong.', { cause: error });
  }
  if (!bundle.subarray(0, 2 * KEY_BYTES).equals(Buffer.concat(identities))) {
    throw new Error('The device named other keys than its own while pairing.');
  }
  return bundle.subarray(2 * KEY_BYTES);
}

/** Signs the companion's identity with the phone's. Throws when the phone has all the companions it may have. */
function signIdentity(
  phone: SimulatedDevice,
  companionIdentity: Uint8Array,
  advSecret: Uint8Array,
): { readonly keyIndex: number; readonly signedIdentity: Uint8Array } {
  const { context } = phone.world;
  phone.provision();
  const devices = context.devices.linkedDevices(phone.address.number);
  if (devices.length > MOST_COMPANIONS) {
    throw new Error(`This phone has ${MOST_COMPANIONS} linked devices already. Unlink one first.`);
  }
  const keyIndex = Math.max(...devices.map((device) => device.keyIndex), 0) + 1;
  const details = proto.ADVDeviceIdentity.encode({
    rawId: context.random(4).readUInt32BE(0),
    timestamp: Math.floor(context.clock.now() / 1000),
    keyIndex,
  }).finish();
  const { signedIdentityKey } = phone.signal.creds;
  const signed = Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, companionIdentity]);
  const identity = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: signedIdentityKey.public,
    accountSignature: Curve.sign(signedIdentityKey.private, signed),
  }).finish();
  const signedIdentity = proto.ADVSignedDeviceIdentityHMAC.encode({
    details: identity,
    hmac: hmacSign(Buffer.from(identity), Buffer.from(advSecret)),
  }).finish();
  return { keyIndex, signedIdentity };
}
