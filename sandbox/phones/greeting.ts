import { deflateSync } from 'node:zlib';
import { proto } from '@whiskeysockets/baileys';
import type { DeviceAddress } from '../store/jid.ts';
import { lidJid, pnJid } from '../store/jid.ts';
import { sendPeer } from './outgoing.ts';
import type { SimulatedDevice } from './simulated-device.ts';

const APP_STATE_KEY_ID_BYTES = 6;
const APP_STATE_KEY_BYTES = 32;

const { Type } = proto.Message.ProtocolMessage;
const { HistorySyncType } = proto.HistorySync;

/** What a phone tells a companion after its first login: the app-state key, then its (empty) history and push names. */
export async function greetCompanion(phone: SimulatedDevice, companion: DeviceAddress): Promise<void> {
  const { context } = phone.world;
  const person = context.directory.get(phone.address.number);
  const to = lidJid(person.lid, companion.device);
  await sendPeer(phone, to, appStateKeyShare(phone));
  await sendPeer(phone, to, history({ syncType: HistorySyncType.INITIAL_BOOTSTRAP, conversations: [] }));
  const pushnames = [{ id: pnJid(person.number), pushname: person.name }];
  await sendPeer(phone, to, history({ syncType: HistorySyncType.PUSH_NAME, pushnames }));
  await sendPeer(phone, to, history({ syncType: HistorySyncType.RECENT, conversations: [], progress: 100 }));
  context.devices.setGreeted(companion);
}

function appStateKeyShare(phone: SimulatedDevice): proto.IMessage {
  const { context } = phone.world;
  const keyId = { keyId: context.random(APP_STATE_KEY_ID_BYTES) };
  const keyData = {
    keyData: context.random(APP_STATE_KEY_BYTES),
    fingerprint: { rawId: 1, currentIndex: 1, deviceIndexes: [0, 1] },
    timestamp: Math.floor(context.clock.now() / 1000),
  };
  const appStateSyncKeyShare = { keys: [{ keyId, keyData }] };
  return { protocolMessage: { type: Type.APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare } };
}

/** A chunk of history that rides inside the message itself, as small ones do. */
function history(chunk: proto.IHistorySync): proto.IMessage {
  const encoded = proto.HistorySync.encode(proto.HistorySync.fromObject(chunk)).finish();
  const historySyncNotification = {
    syncType: chunk.syncType as number,
    chunkOrder: 1,
    progress: chunk.progress ?? null,
    initialHistBootstrapInlinePayload: deflateSync(encoded),
  };
  return { protocolMessage: { type: Type.HISTORY_SYNC_NOTIFICATION, historySyncNotification } };
}
