import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAGIC_NUMBERS } from '../magic-numbers.ts';
import { disconnect } from '../server/disconnects.ts';
import type { ControlWorld } from './control-world.ts';
import { deviceFrom } from './control-world.ts';
import type { Route } from './http.ts';
import { ControlError, serveRoutes } from './http.ts';
import { phoneRoutes } from './phone-routes.ts';
import * as schemas from './schemas.ts';

/** The API by which people and tests drive the simulated phones. No WhatsApp client knows of it. */
export function controlApi(world: ControlWorld): (request: IncomingMessage, response: ServerResponse) => void {
  return serveRoutes([...phoneRoutes(world), ...serverRoutes(world)]);
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
      handle: async (request) => {
        const { how } = await request.body(schemas.disconnect);
        const jid = request.params['jid'] ?? '';
        const address = deviceFrom(world, jid);
        if (!disconnect(world.server, address, how)) throw new ControlError(409, `${jid} is not connected.`);
        return { json: { done: how } };
      },
    },
    {
      method: 'POST',
      path: '/media/forget',
      handle: async (request) => {
        const { everywhere } = await request.body(schemas.forgetMedia);
        await world.media.files.forgetAll(everywhere);
        return { json: { forgotten: true } };
      },
    },
    {
      method: 'POST',
      path: '/media/faults',
      handle: async (request) => {
        const { upload, download } = await request.body(schemas.mediaFaults);
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
