import type { DeviceAddress } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { node } from '../wire/node.ts';
import type { WhatsAppServer } from './whatsapp-server.ts';

/** WebSocket close code for an internal error of the server. */
const INTERNAL_ERROR = 1011;

/**
 * Ends a linked device's connection in one of the ways in which WhatsApp does. `silent` keeps the line open and says
 * nothing any more; `refuse-…` ends the line and answers every login with that failure until `accept`.
 * Returns false when the device is not connected and nothing could be done.
 */
export function disconnect(server: WhatsAppServer, address: DeviceAddress, how: string): boolean {
  const refusal = /^refuse-(\d{3})$/.exec(how)?.[1];
  if (refusal !== undefined) server.refuseLogins(address, Number(refusal));
  if (how === 'accept') server.refuseLogins(address, undefined);
  if (how === 'logout') server.removeDevice(address);
  const connection = server.session(address)?.connection;
  if (!connection) return refusal !== undefined || how === 'accept' || how === 'logout';
  if (how === 'silent') connection.freeze();
  else if (how === 'ws-1011') connection.closeWith(INTERNAL_ERROR);
  else if (how === 'tcp' || refusal !== undefined) connection.terminate();
  const farewell = FAREWELLS[how];
  if (!farewell) return true;
  connection.send(farewell);
  connection.close();
  return true;
}

const FAREWELLS: Readonly<Record<string, BinaryNode>> = {
  xmlstreamend: node('xmlstreamend'),
  '515': node('stream:error', { code: 515 }),
  '503': node('stream:error', { code: 503 }),
  '500': node('stream:error', { code: 500 }),
  'no-code': node('stream:error', {}, [node('xml-not-well-formed')]),
  ack: node('stream:error', {}, [node('ack', { id: 'unknown' })]),
  conflict: node('stream:error', {}, [node('conflict', { type: 'replaced' })]),
};
