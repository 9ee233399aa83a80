import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import {
  type AuthenticationCreds,
  type BinaryNode,
  BufferJSON,
  initAuthCreds,
  makeWASocket,
  type SignalDataSet,
  type SignalKeyStore,
} from '@whiskeysockets/baileys';
import * as z from 'zod';
import { quietLibsignal } from '../../sandbox/phones/quiet-libsignal.ts';

/**
 * What Pombo is measured against: sockets of an unmodified Baileys with their keys in memory, and no application. A process
 * of its own that its parent tells what to do.
 */
quietLibsignal();

export const RawOrderSchema = z.discriminatedUnion('type', [
  /** Begins to link a number; the QR comes as a message. */
  z.object({ type: z.literal('link'), name: z.string() }),
  /** Sends texts one after the other. */
  z.object({ type: z.literal('send'), name: z.string(), to: z.string(), count: z.number() }),
  z.object({ type: z.literal('save'), file: z.string() }),
  z.object({ type: z.literal('load'), file: z.string(), count: z.number() }),
]);
export type RawOrder = z.infer<typeof RawOrderSchema>;

export type RawReport =
  | { readonly type: 'qr'; readonly name: string; readonly qr: string }
  | { readonly type: 'open'; readonly name: string }
  | { readonly type: 'sent'; readonly name: string; readonly latenciesMs: readonly number[] }
  | { readonly type: 'received'; readonly count: number }
  | { readonly type: 'saved' };

interface Kept {
  readonly creds: AuthenticationCreds;
  readonly keys: Map<string, unknown>;
}

/** Address of WhatsApp, and what each call of the key store takes, milliseconds. */
const [url, storeDelay] = process.argv.slice(2);
const storeDelayMs = Number(storeDelay);
const kept = new Map<string, Kept>();
const sockets = new Map<string, ReturnType<typeof makeWASocket>>();
const silent = { level: 'silent', child: () => silent, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
let received = 0;

const report = (message: RawReport): void => void process.send?.(message);
const delay = async (): Promise<void> => {
  if (storeDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, storeDelayMs));
};

function storeOf(keys: Map<string, unknown>): SignalKeyStore {
  return {
    async get(type, ids) {
      await delay();
      return Object.fromEntries(ids.map((id) => [id, keys.get(`${type}#${id}`)])) as never;
    },
    async set(data: SignalDataSet) {
      await delay();
      for (const [type, values] of Object.entries(data))
        for (const [id, value] of Object.entries(values ?? {}))
          if (value === null || value === undefined) keys.delete(`${type}#${id}`);
          else keys.set(`${type}#${id}`, value);
    },
  };
}

function connect(name: string): void {
  const state = kept.get(name) ?? { creds: initAuthCreds(), keys: new Map<string, unknown>() };
  kept.set(name, state);
  const socket = makeWASocket({
    ...(url !== undefined && { waWebSocketUrl: url }),
    auth: { creds: state.creds, keys: storeOf(state.keys) },
    logger: silent,
    emitOwnEvents: false,
    retryRequestDelayMs: 0,
    getMessage: async () => undefined,
  });
  sockets.set(name, socket);
  socket.ev.on('messages.upsert', ({ messages }) => {
    received += messages.length;
    report({ type: 'received', count: received });
  });
  socket.ev.on('connection.update', ({ qr, connection }) => {
    if (qr !== undefined) report({ type: 'qr', name, qr });
    if (connection === 'open') report({ type: 'open', name });
    if (connection === 'close') connect(name);
  });
}

async function send(name: string, to: string, count: number): Promise<void> {
  const socket = sockets.get(name);
  if (!socket) throw new Error(`Nobody is linked as ${name}.`);
  const latenciesMs: number[] = [];
  for (let n = 0; n < count; n++) {
    const startMs = performance.now();
    const messageId = `3EB0${name}${n}${Math.trunc(startMs)}`;
    const acked = new Promise<void>((resolve) => {
      const onAck = ({ attrs }: BinaryNode): void => {
        if (attrs['id'] !== messageId) return;
        socket.ws.off('CB:ack,class:message', onAck);
        resolve();
      };
      socket.ws.on('CB:ack,class:message', onAck);
    });
    await socket.sendMessage(to, { text: `out ${n}` }, { messageId });
    await acked;
    latenciesMs.push(performance.now() - startMs);
  }
  report({ type: 'sent', name, latenciesMs });
}

process.on('message', (message) => {
  const order = RawOrderSchema.parse(message);
  switch (order.type) {
    case 'link':
      return connect(order.name);
    case 'send':
      return void send(order.name, order.to, order.count);
    case 'save': {
      const rows = [...kept].map(([name, { creds, keys }]) => ({ name, creds, keys: [...keys] }));
      writeFileSync(order.file, JSON.stringify(rows, BufferJSON.replacer));
      return report({ type: 'saved' });
    }
    case 'load': {
      const rows = JSON.parse(readFileSync(order.file, 'utf8'), BufferJSON.reviver) as {
        name: string;
        creds: AuthenticationCreds;
        keys: [string, unknown][];
      }[];
      for (const { name, creds, keys } of rows.slice(0, order.count)) {
        kept.set(name, { creds, keys: new Map(keys) });
        connect(name);
      }
    }
  }
});
