import { encodeBigEndian, KEY_BUNDLE_TYPE } from '@whiskeysockets/baileys';
import { inTransaction } from '../store/database.ts';
import type { PreKey, PublicKeys, SignedPreKey } from '../store/device-registry.ts';
import type { DeviceAddress } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { bigEndian, child, childBytes, children, node } from '../wire/node.ts';
import type { ServerContext } from './server-context.ts';

/** Below this many one-time pre-keys left, the server asks the device for more. */
const LOW_PRE_KEYS = 5;
const KEY_ID_BYTES = 3;

/** Answers an IQ of the namespace `encrypt`; undefined when it is none that the server knows. */
export function answerEncrypt(context: ServerContext, from: DeviceAddress, iq: BinaryNode): BinaryNode[] | undefined {
  if (iq.attrs['type'] === 'get') {
    if (child(iq, 'count')) return [node('count', { value: context.devices.countPreKeys(from) })];
    if (child(iq, 'digest')) return digest(context, from);
    const wanted = child(iq, 'key');
    return (
      wanted && [
        node(
          'list',
          {},
          children(wanted, 'user').flatMap((user) => bundle(context, user)),
        ),
      ]
    );
  }
  const rotated = child(iq, 'rotate');
  if (rotated) return rotate(context, from, rotated);
  return child(iq, 'list') ? upload(context, from, iq) : undefined;
}

function digest(context: ServerContext, from: DeviceAddress): BinaryNode[] {
  const keys = context.devices.find(from)?.keys;
  if (!keys) return [];
  return [
    node('digest', {}, [
      node('registration', {}, encodeBigEndian(keys.registrationId)),
      node('type', {}, KEY_BUNDLE_TYPE),
      node('identity', {}, keys.identityKey),
      signedNode(keys.signedPreKey),
    ]),
  ];
}

function upload(context: ServerContext, from: DeviceAddress, iq: BinaryNode): BinaryNode[] {
  const keys = readPublicKeys(iq);
  if (!keys) return [];
  const preKeys = children(child(iq, 'list'), 'key').flatMap((key) => readPreKey(key) ?? []);
  inTransaction(context.database, () => {
    context.devices.setKeys(from, keys);
    context.devices.addPreKeys(from, preKeys);
  });
  return [];
}

function rotate(context: ServerContext, from: DeviceAddress, rotated: BinaryNode): BinaryNode[] {
  const keys = context.devices.find(from)?.keys;
  const signedPreKey = readSignedPreKey(child(rotated, 'skey'));
  if (keys && signedPreKey) context.devices.setKeys(from, { ...keys, signedPreKey });
  return [];
}

/** One device's keys for somebody who wants to write to it. Devices that do not exist are left out. */
function bundle(context: ServerContext, user: BinaryNode): BinaryNode[] {
  const jid = user.attrs['jid'] ?? '';
  const address = context.directory.addressOf(jid);
  const found = address && context.devices.find(address);
  if (!address || found?.state !== 'linked') return [];
  if (found.kind !== 'companion') context.people.provision(address);
  const device = context.devices.find(address);
  if (!device?.keys) return [];
  const oneTime = context.devices.takePreKey(address);
  const left = context.devices.countPreKeys(address);
  if (left < LOW_PRE_KEYS) askForPreKeys(context, address, left);
  return [
    node('user', { jid, t: Math.floor(device.linkedMs / 1000) }, [
      node('registration', {}, encodeBigEndian(device.keys.registrationId)),
      node('type', {}, KEY_BUNDLE_TYPE),
      node('identity', {}, device.keys.identityKey),
      signedNode(device.keys.signedPreKey),
      ...(oneTime ? [preKeyNode(oneTime)] : []),
      ...(device.advIdentity ? [node('device-identity', {}, device.advIdentity)] : []),
    ]),
  ];
}

function askForPreKeys(context: ServerContext, address: DeviceAddress, left: number): void {
  const id = context.random(8).toString('hex');
  const attrs = { from: '@s.whatsapp.net', type: 'encrypt', id, t: Math.floor(context.clock.now() / 1000) };
  context.switchboard.deliver(address, node('notification', attrs, [node('count', { value: left })]), 'notification');
}

function signedNode(key: SignedPreKey): BinaryNode {
  return node('skey', {}, [
    node('id', {}, encodeBigEndian(key.id, KEY_ID_BYTES)),
    node('value', {}, key.key),
    node('signature', {}, key.signature),
  ]);
}

function preKeyNode(key: PreKey): BinaryNode {
  return node('key', {}, [node('id', {}, encodeBigEndian(key.id, KEY_ID_BYTES)), node('value', {}, key.value)]);
}

/** Reads registration id, identity and signed pre-key out of an upload or a retry receipt's keys. */
function readPublicKeys(parent: BinaryNode): PublicKeys | undefined {
  const registrationId = bigEndian(childBytes(parent, 'registration'));
  const identityKey = childBytes(parent, 'identity');
  const signedPreKey = readSignedPreKey(child(parent, 'skey'));
  if (registrationId === undefined || !identityKey || !signedPreKey) return undefined;
  return { registrationId, identityKey, signedPreKey };
}

/** Reads `<skey>`; undefined when something is missing. */
export function readSignedPreKey(parent: BinaryNode | undefined): SignedPreKey | undefined {
  const id = bigEndian(childBytes(parent, 'id'));
  const key = childBytes(parent, 'value');
  const signature = childBytes(parent, 'signature');
  return id === undefined || !key || !signature ? undefined : { id, key, signature };
}

/** Reads `<key>`; undefined when something is missing. */
export function readPreKey(parent: BinaryNode | undefined): PreKey | undefined {
  const id = bigEndian(childBytes(parent, 'id'));
  const value = childBytes(parent, 'value');
  return id === undefined || !value ? undefined : { id, value };
}
