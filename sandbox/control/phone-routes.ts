import { linkByCode, linkByQr, parseQr } from '../phones/linking.ts';
import type { DeviceAddress } from '../store/jid.ts';
import type { ControlWorld } from './control-world.ts';
import { chatFrom, numberOf, orConflict, personFrom, showPerson } from './control-world.ts';
import { streamEvents } from './event-stream.ts';
import type { ControlAnswer, ControlRequest, Route } from './http.ts';
import { ControlError } from './http.ts';
import * as schemas from './schemas.ts';
import { receivedMedia, write } from './writing.ts';

const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 10_000;

/** Everything below `/phones`. */
export function phoneRoutes(world: ControlWorld): Route[] {
  const at = (method: string, path: string, handle: Handler): Route => ({
    method,
    path: `/phones/:number${path}`,
    handle: (request) => handle(world, request),
  });
  return [
    { method: 'GET', path: '/phones', handle: () => listPhones(world) },
    { method: 'POST', path: '/phones', handle: (request) => createPhone(world, request) },
    at('GET', '', (_, { params }) => ({ json: showPerson(world, personFrom(world, params['number'] ?? '')) })),
    at('PATCH', '', changePhone),
    at('POST', '/scan', scan),
    at('POST', '/pairing-code', enterCode),
    at('POST', '/messages', write),
    at('GET', '/messages', listMessages),
    at('GET', '/messages/:id/media', receivedMedia),
    at('GET', '/events', streamEvents),
    at('GET', '/stanzas', listStanzas),
    at('POST', '/read', markRead),
    at('POST', '/online', (_, request) => setOnline(world, request, true)),
    at('POST', '/offline', (_, request) => setOnline(world, request, false)),
    at('POST', '/unlink', unlink),
    at('POST', '/typing', typing),
    at('POST', '/groups', createGroup),
  ];
}

type Handler = (world: ControlWorld, request: ControlRequest) => Promise<ControlAnswer> | ControlAnswer;

function listPhones(world: ControlWorld): ControlAnswer {
  return { json: world.context.directory.list().map((person) => showPerson(world, person)) };
}

async function createPhone(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { number, ...change } = await request.body(schemas.newPerson);
  const person = personFrom(world, number ?? freeNumber(world));
  return { json: showPerson(world, world.context.directory.update(person.number, defined(change))), status: 201 };
}

async function changePhone(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const change = await request.body(schemas.personChange);
  return { json: showPerson(world, world.context.directory.update(numberOf(world, request), defined(change))) };
}

/** A São Paulo mobile that nobody has. */
function freeNumber(world: ControlWorld): string {
  for (;;) {
    const number = `55119${(world.context.random(4).readUInt32BE(0) % 1e8).toString().padStart(8, '0')}`;
    if (!world.context.directory.find(number)) return number;
  }
}

async function scan(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { qr } = await request.body(schemas.scan);
  const code = parseQr(qr);
  if (!code) throw new ControlError(400, 'That is no QR code of WhatsApp for linking a device.');
  return link(world, request, (phone) => linkByQr(phone, world.server.pairing, code));
}

async function enterCode(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { code } = await request.body(schemas.pairingCode);
  const plain = code.replace(/[\s-]/g, '').toUpperCase();
  return link(world, request, (phone) => linkByCode(phone, world.server.pairing, plain));
}

type PhoneDevice = ReturnType<ControlWorld['phones']['phone']>['device'];

async function link(
  world: ControlWorld,
  request: ControlRequest,
  work: (phone: PhoneDevice) => Promise<DeviceAddress>,
): Promise<ControlAnswer> {
  const { device } = world.phones.phone(numberOf(world, request));
  let address: DeviceAddress;
  try {
    address = await work(device);
  } catch (error) {
    throw new ControlError(409, error instanceof Error ? error.message : String(error), { cause: error });
  }
  world.events.emit(address.number, { type: 'linked', device: address.device });
  return { json: { device: address.device, jid: world.context.directory.jidOf(address, 'pn') }, status: 201 };
}

function listMessages(world: ControlWorld, request: ControlRequest): ControlAnswer {
  const number = numberOf(world, request);
  const { query } = request;
  const from = query.get('from');
  const chat = query.get('chat');
  const author = from === null ? undefined : chatFrom(world, from);
  const list = world.log.list(number, chat === null ? undefined : chatFrom(world, chat), limitFrom(query));
  return { json: author === undefined ? list : list.filter((message) => message.author === author) };
}

function listStanzas(world: ControlWorld, request: ControlRequest): ControlAnswer {
  return { json: world.log.stanzas(numberOf(world, request), limitFrom(request.query)) };
}

function limitFrom(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_LIMIT) {
    throw new ControlError(400, `limit must be a whole number from 1 to ${LARGEST_LIMIT}.`);
  }
  return limit;
}

async function markRead(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { id, type } = await request.body(schemas.readMark);
  const phone = world.phones.phone(numberOf(world, request));
  await orConflict(phone.markRead(id, type));
  return { json: { id } };
}

function setOnline(world: ControlWorld, request: ControlRequest, online: boolean): ControlAnswer {
  const number = numberOf(world, request);
  world.phones.setOnline(number, online);
  return { json: { number, online } };
}

async function unlink(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { device } = await request.body(schemas.unlink);
  const number = numberOf(world, request);
  const linked = world.context.devices.linkedDevices(number).filter(({ kind }) => kind === 'companion');
  const chosen = linked.filter((each) => device === undefined || each.device === device);
  if (chosen.length === 0) throw new ControlError(404, `${number} has no such linked device.`);
  for (const each of chosen) world.server.removeDevice(each);
  return { json: { unlinked: chosen.map((each) => each.device) } };
}

async function typing(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { to, state } = await request.body(schemas.typing);
  world.phones.phone(numberOf(world, request)).setChatState(personFrom(world, to).number, state);
  return { json: { state } };
}

async function createGroup(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { subject, members, addressing } = await request.body(schemas.newGroup);
  const numbers = members.map((member) => personFrom(world, member).number);
  const phone = world.phones.phone(numberOf(world, request));
  return { json: { jid: await phone.createGroup(subject, numbers, addressing ?? 'lid') }, status: 201 };
}

function defined<T extends object>(change: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
