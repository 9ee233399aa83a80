import type * as z from 'zod';
import { linkByCode, linkByQr, parseQr } from '../phones/linking.ts';
import { hangUp, ring } from '../server/calls.ts';
import { changeNumber } from '../server/number-change.ts';
import type { Person } from '../store/directory.ts';
import type { DeviceAddress } from '../store/jid.ts';
import { registeredNumber } from '../store/phone-number.ts';
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
    at('POST', '/ask-again', askAgain),
    at('POST', '/online', (_, request) => setOnline(world, request, true)),
    at('POST', '/offline', (_, request) => setOnline(world, request, false)),
    at('POST', '/unlink', unlink),
    at('POST', '/change-number', moveToNumber),
    at('POST', '/typing', typing),
    at('POST', '/calls', call),
    at('POST', '/hang-up', endCall),
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
  return { json: showPerson(world, changed(world, person.number, change)), status: 201 };
}

async function changePhone(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const change = await request.body(schemas.personChange);
  return { json: showPerson(world, changed(world, numberOf(world, request), change)) };
}

function changed(world: ControlWorld, number: string, change: z.output<typeof schemas.personChange>): Person {
  const { business, ...rest } = change;
  const { directory, profiles } = world.context;
  if (business !== undefined) profiles.setBusiness(number, business ? { websites: [] } : undefined);
  return directory.update(number, defined(rest));
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

async function askAgain(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { id } = await request.body(schemas.askAgain);
  await orConflict(world.phones.phone(numberOf(world, request)).askAgain(id));
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

/** Linked devices do not move with the number: they are taken off. */
async function moveToNumber(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { to } = await request.body(schemas.numberChange);
  const person = personFrom(world, request.params['number'] ?? '');
  if (world.context.directory.list().some(({ number }) => number === registeredNumber(to.replaceAll(/\D/g, '')))) {
    throw new ControlError(409, `Somebody has the number ${to} already.`);
  }
  const knownTo = world.log.knownTo(person.number);
  for (const device of world.context.devices.linkedDevices(person.number)) {
    if (device.kind === 'companion') world.server.removeDevice(device);
  }
  world.phones.setOnline(person.number, false);
  const others = knownTo.filter((number) => number !== person.number);
  const now = await orConflict(Promise.resolve().then(() => changeNumber(world.context, person, to, others)));
  return { json: showPerson(world, now), status: 201 };
}

async function typing(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { to, state } = await request.body(schemas.typing);
  world.phones.phone(numberOf(world, request)).setChatState(personFrom(world, to).number, state);
  return { json: { state } };
}

async function call(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { to, video = false } = await request.body(schemas.call);
  const from = { number: numberOf(world, request), device: 0 };
  return { json: { id: ring(world.context, { from, to: personFrom(world, to).number, video }) }, status: 201 };
}

async function endCall(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const { to, id: callId, taken = false } = await request.body(schemas.hangUp);
  const from = { number: numberOf(world, request), device: 0 };
  hangUp(world.context, { from, to: personFrom(world, to).number, callId, taken });
  return { json: { id: callId } };
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
