import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAGIC_NUMBERS } from '../magic-numbers.ts';
import type { MediaHost } from '../media/media-host.ts';
import type { PhoneEvents } from '../phones/phone-events.ts';
import type { PhoneRegistry } from '../phones/phone-registry.ts';
import { disconnect } from '../server/disconnects.ts';
import type { ServerContext } from '../server/server-context.ts';
import type { WhatsAppServer } from '../server/whatsapp-server.ts';
import type { Person } from '../store/directory.ts';
import type { DeviceAddress } from '../store/jid.ts';
import type { MessageLog } from '../store/message-log.ts';
import type { Route } from './http.ts';
import { ControlError, serveRoutes } from './http.ts';
import { phoneRoutes } from './phone-routes.ts';
import * as schemas from './schemas.ts';

/** What the control API reaches into. */
export interface ControlWorld {
  readonly context: ServerContext;
  readonly server: WhatsAppServer;
  readonly phones: PhoneRegistry;
  readonly log: MessageLog;
  readonly events: PhoneEvents;
  readonly media: MediaHost;
}

/** The API by which people and tests drive the simulated phones. No WhatsApp client knows of it. */
export function controlApi(world: ControlWorld): (request: IncomingMessage, response: ServerResponse) => void {
  return serveRoutes([...phoneRoutes(world), ...serverRoutes(world)]);
}

/** The person behind a number from outside. Throws a 400 or 404 with a sentence. */
export function personFrom(world: ControlWorld, written: string): Person {
  const person = world.context.directory.ensure(written);
  if (person) return person;
  const isMagic = MAGIC_NUMBERS.some(({ number }) => number === written.replace(/\D/g, ''));
  if (isMagic) throw new ControlError(404, `${written} is set aside as a number that is not on WhatsApp.`);
  throw new ControlError(400, `${written} is not an international phone number, like +55 11 98765-4321.`);
}

/** A person as the API shows them. */
export function showPerson(world: ControlWorld, person: Person): object {
  const devices = world.context.devices.linkedDevices(person.number).filter(({ kind }) => kind === 'companion');
  return {
    ...person,
    linkedDevices: devices.map((device) => ({
      device: device.device,
      jid: world.context.directory.jidOf(device, 'pn'),
      name: device.name,
      linkedMs: device.linkedMs,
      isConnected: world.server.session(device) !== undefined,
    })),
  };
}

function serverRoutes(world: ControlWorld): Route[] {
  return [
    { method: 'GET', path: '/health', handle: () => ({ json: health(world) }) },
    { method: 'GET', path: '/magic-numbers', handle: () => ({ json: MAGIC_NUMBERS }) },
    {
      method: 'GET',
      path: '/devices/:jid',
      handle: ({ params }) => {
        const address = deviceFrom(world, params['jid'] ?? '');
        const device = world.context.devices.find(address);
        return {
          json: {
            ...address,
            state: device?.state,
            isConnected: world.server.session(address) !== undefined,
            waiting: world.context.queue.count(address),
            preKeys: world.context.devices.countPreKeys(address),
          },
        };
      },
    },
    {
      method: 'POST',
      path: '/devices/:jid/disconnect',
      handle: async ({ params, body }) => {
        const { how } = await body(schemas.disconnect);
        const address = deviceFrom(world, params['jid'] ?? '');
        if (!disconnect(world.server, address, how)) throw new ControlError(409, `${params['jid']} is not connected.`);
        return { json: { done: how } };
      },
    },
    {
      method: 'POST',
      path: '/media/faults',
      handle: async ({ body }) => {
        const { upload, download } = await body(schemas.mediaFaults);
        if (upload !== undefined) world.media.faults.upload = upload ?? undefined;
        if (download !== undefined) world.media.faults.download = download ?? undefined;
        return { json: world.media.faults };
      },
    },
  ];
}

function health(world: ControlWorld): object {
  return {
    status: 'ok',
    connections: world.server.connectionCount,
    people: world.context.directory.list().length,
    mediaHost: world.media.host,
  };
}

function deviceFrom(world: ControlWorld, jid: string): DeviceAddress {
  const address = world.context.directory.addressOf(jid.includes('@') ? jid : `${jid}@s.whatsapp.net`);
  const device = address && world.context.devices.find(address);
  if (!address || !device) throw new ControlError(404, `There is no device ${jid}.`);
  return address;
}
