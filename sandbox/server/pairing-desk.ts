import { proto } from '@whiskeysockets/baileys';
import type { PublicKeys } from '../store/device-registry.ts';
import type { DeviceAddress } from '../store/jid.ts';
import { lidJid, parseJid, pnJid } from '../store/jid.ts';
import type { Connection } from '../wire/connection.ts';
import type { BinaryNode } from '../wire/node.ts';
import { bigEndian, child, childBytes, node, SERVER_JID } from '../wire/node.ts';
import type { NoisePeer } from '../wire/noise-responder.ts';
import { announceDevice } from './device-notifications.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';

/** Refs that one connection is given; the client shows the first for 60 s and the others for 20 s each. */
const REFS = 6;
const REF_BYTES = 32;

/** What a phone says to link the companion that showed it a ref or took part in a code pairing. */
export interface LinkOffer {
  readonly number: string;
  readonly keyIndex: number;
  /** The companion's identity key that the phone has signed. */
  readonly companionIdentity: Uint8Array;
  /** An encoded `ADVSignedDeviceIdentityHMAC`. */
  readonly signedIdentity: Uint8Array;
}

/** A pairing by code as the companion has begun it. */
export interface CodePairing {
  readonly number: string;
  readonly ref: string;
  /** Salt, counter block and encrypted ephemeral key of the companion. */
  readonly wrappedEphemeral: Buffer;
}

/** The companion's last word in a pairing by code. */
export interface CodeFinish {
  readonly wrappedKeyBundle: Buffer;
  readonly companionIdentity: Buffer;
}

interface Deferred<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

interface Waiting {
  readonly connection: Connection;
  readonly noiseKey: Buffer;
  readonly name: string;
  readonly keys: PublicKeys;
  readonly refs: Set<string>;
  code?: CodePairing;
  codeFinish?: Deferred<CodeFinish>;
  linking?: {
    readonly iqId: string;
    readonly offer: LinkOffer;
    readonly address: DeviceAddress;
  } & Deferred<DeviceAddress>;
}

/** Connections of clients that belong to nobody yet, and how they come to belong to somebody. */
export class PairingDesk {
  readonly #context: ServerContext;
  readonly #waiting = new Map<Connection, Waiting>();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** Takes in a client that wants to be linked. Throws when its registration lacks a key. */
  begin(connection: Connection, peer: NoisePeer, payload: proto.IClientPayload): void {
    const refs = new Set(
      Array.from({ length: REFS }, () => `2@${this.#context.random(REF_BYTES).toString('base64url')}`),
    );
    const { name, keys } = readRegistration(payload);
    this.#waiting.set(connection, { connection, noiseKey: peer.staticKey, name, keys, refs });
    const content = [...refs].map((ref) => node('ref', {}, Buffer.from(ref)));
    connection.send(
      node('iq', { from: SERVER_JID, type: 'set', id: this.#id(), xmlns: 'md' }, [node('pair-device', {}, content)]),
    );
  }

  has(connection: Connection): boolean {
    return this.#waiting.has(connection);
  }

  /** The line is gone: whoever waits for it hears so. */
  end(connection: Connection): void {
    const waiting = this.#waiting.get(connection);
    this.#waiting.delete(connection);
    const gone = new Error('The device that showed the code has closed its connection. Ask it for a new code.');
    waiting?.linking?.reject(gone);
    waiting?.codeFinish?.reject(gone);
  }

  onStanza(connection: Connection, stanza: BinaryNode): void {
    const waiting = this.#waiting.get(connection);
    if (!waiting || stanza.tag !== 'iq') return;
    if (stanza.attrs['type'] === 'result') this.#onResult(waiting, stanza);
    else this.#onRequest(waiting, stanza);
  }

  /** Links the companion that showed this ref. Resolves with its address once it has countersigned. */
  linkByRef(ref: string, offer: LinkOffer): Promise<DeviceAddress> {
    const waiting = [...this.#waiting.values()].find((each) => each.refs.has(ref));
    if (!waiting) return Promise.reject(new Error('Nobody shows that QR code any more. Ask for a new one.'));
    return this.#link(waiting, offer);
  }

  /** The code pairing that some companion has begun for that number, the newest if there are several. */
  codePairing(number: string): CodePairing | undefined {
    return this.#waitingForCode(number)?.code;
  }

  /** Passes the phone's part of a code pairing on; resolves with the companion's answer. */
  answerCode(number: string, wrappedEphemeral: Uint8Array, phoneIdentity: Uint8Array): Promise<CodeFinish> {
    const waiting = this.#waitingForCode(number);
    if (!waiting?.code) return Promise.reject(new Error(`No device has asked ${number} for a pairing code.`));
    const attrs = {
      from: SERVER_JID,
      type: 'link_code_companion_reg',
      id: this.#id(),
      t: unixSeconds(this.#context.clock),
    };
    const answer = node('link_code_companion_reg', { stage: 'primary_hello' }, [
      node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrappedEphemeral),
      node('primary_identity_pub', {}, phoneIdentity),
      node('link_code_pairing_ref', {}, Buffer.from(waiting.code.ref)),
    ]);
    return new Promise((resolve, reject) => {
      waiting.codeFinish = { resolve, reject };
      waiting.connection.send(node('notification', attrs, [answer]));
    });
  }

  /** Links the companion of a code pairing, as `linkByRef` does. */
  linkByCode(offer: LinkOffer): Promise<DeviceAddress> {
    const waiting = this.#waitingForCode(offer.number);
    if (!waiting) return Promise.reject(new Error(`No device has asked ${offer.number} for a pairing code.`));
    return this.#link(waiting, offer);
  }

  #waitingForCode(number: string): Waiting | undefined {
    return [...this.#waiting.values()].findLast((each) => each.code?.number === number);
  }

  #link(waiting: Waiting, offer: LinkOffer): Promise<DeviceAddress> {
    if (waiting.linking) return Promise.reject(new Error('That device is being linked already.'));
    if (!Buffer.from(offer.companionIdentity).equals(waiting.keys.identityKey)) {
      return Promise.reject(new Error('The code names another device than the one that is connected.'));
    }
    const person = this.#context.directory.get(offer.number);
    const address = { number: offer.number, device: this.#context.devices.nextDeviceId(offer.number) };
    const iqId = this.#id();
    const success = node('pair-success', {}, [
      node('device-identity', {}, offer.signedIdentity),
      node('device', { jid: pnJid(person.number, address.device), lid: lidJid(person.lid, address.device) }),
      node('platform', { name: 'android' }),
    ]);
    return new Promise((resolve, reject) => {
      waiting.linking = { iqId, offer, address, resolve, reject };
      const attrs = { from: SERVER_JID, type: 'set', id: iqId, xmlns: 'md', t: unixSeconds(this.#context.clock) };
      waiting.connection.send(node('iq', attrs, [success]));
    });
  }

  /** The companion has countersigned: it exists from now on and must come back with a login. */
  #onResult(waiting: Waiting, result: BinaryNode): void {
    const linking = waiting.linking;
    if (!linking || result.attrs['id'] !== linking.iqId) return;
    const signed = childBytes(child(result, 'pair-device-sign'), 'device-identity');
    if (!signed) {
      linking.reject(new Error('The device did not countersign.'));
      return;
    }
    this.#context.devices.addCompanion(linking.address, {
      keyIndex: linking.offer.keyIndex,
      name: waiting.name,
      linkedMs: this.#context.clock.now(),
      noiseKey: waiting.noiseKey,
      keys: waiting.keys,
      advIdentity: signed,
    });
    announceDevice(this.#context, linking.address, 'add');
    this.#waiting.delete(waiting.connection);
    linking.resolve(linking.address);
    waiting.connection.send(node('stream:error', { code: 515 }));
    waiting.connection.close();
  }

  #onRequest(waiting: Waiting, iq: BinaryNode): void {
    const request = child(iq, 'link_code_companion_reg');
    const content = request ? this.#onCodeRequest(waiting, request) : [];
    waiting.connection.send(node('iq', { id: iq.attrs['id'], from: SERVER_JID, type: 'result' }, content));
  }

  #onCodeRequest(waiting: Waiting, request: BinaryNode): BinaryNode[] {
    if (request.attrs['stage'] === 'companion_finish') {
      const wrappedKeyBundle = childBytes(request, 'link_code_pairing_wrapped_key_bundle');
      const companionIdentity = childBytes(request, 'companion_identity_public');
      if (wrappedKeyBundle && companionIdentity) waiting.codeFinish?.resolve({ wrappedKeyBundle, companionIdentity });
      return [];
    }
    const wrappedEphemeral = childBytes(request, 'link_code_pairing_wrapped_companion_ephemeral_pub');
    const person = this.#context.directory.ensure(parseJid(request.attrs['jid'] ?? '')?.user ?? '');
    if (!wrappedEphemeral || !person) return [];
    const ref = `3@${this.#context.random(REF_BYTES).toString('base64url')}`;
    waiting.code = { number: person.number, ref, wrappedEphemeral };
    return [node('link_code_companion_reg', {}, [node('link_code_pairing_ref', {}, Buffer.from(ref))])];
  }

  #id(): string {
    return this.#context.random(6).toString('hex');
  }
}

function readRegistration(payload: proto.IClientPayload): { name: string; keys: PublicKeys } {
  const data = payload.devicePairingData;
  const registrationId = bigEndian(data?.eRegid ?? undefined);
  const signedId = bigEndian(data?.eSkeyId ?? undefined);
  if (!data?.eIdent || !data.eSkeyVal || !data.eSkeySig || registrationId === undefined || signedId === undefined) {
    throw new Error('the registration lacks a key');
  }
  const props = data.deviceProps ? proto.DeviceProps.decode(data.deviceProps) : undefined;
  return {
    name: props?.os ?? 'unknown',
    keys: {
      registrationId,
      identityKey: data.eIdent,
      signedPreKey: { id: signedId, key: data.eSkeyVal, signature: data.eSkeySig },
    },
  };
}
