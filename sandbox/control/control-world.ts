import { MAGIC_NUMBERS } from '../magic-numbers.ts';
import type { MediaHost } from '../media/media-host.ts';
import type { PhoneEvents } from '../phones/phone-events.ts';
import type { PhoneRegistry } from '../phones/phone-registry.ts';
import type { ServerContext } from '../server/server-context.ts';
import type { WhatsAppServer } from '../server/whatsapp-server.ts';
import type { Person } from '../store/directory.ts';
import type { DeviceAddress } from '../store/jid.ts';
import type { MessageLog } from '../store/message-log.ts';
import type { ControlRequest } from './http.ts';
import { ControlError } from './http.ts';

/** What the control API reaches into. */
export interface ControlWorld {
  readonly context: ServerContext;
  readonly server: WhatsAppServer;
  readonly phones: PhoneRegistry;
  readonly log: MessageLog;
  readonly events: PhoneEvents;
  readonly media: MediaHost;
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

/** The number in the address. */
export function numberOf(world: ControlWorld, request: ControlRequest): string {
  return personFrom(world, request.params['number'] ?? '').number;
}

/** A chat from outside: a number as written or a group's jid. */
export function chatFrom(world: ControlWorld, written: string): string {
  if (!written.endsWith('@g.us')) return personFrom(world, written).number;
  if (!world.context.groups.find(written)) throw new ControlError(404, `There is no group ${written}.`);
  return written;
}

/** What a phone cannot do becomes a 409 with its sentence. */
export async function orConflict<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new ControlError(409, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The device that a jid from outside names. Throws a 404 with a sentence. */
export function deviceFrom(world: ControlWorld, jid: string): DeviceAddress {
  const address = world.context.directory.addressOf(jid.includes('@') ? jid : `${jid}@s.whatsapp.net`);
  const device = address && world.context.devices.find(address);
  if (!address || !device) throw new ControlError(404, `There is no device ${jid}.`);
  return address;
}
