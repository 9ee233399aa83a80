import { sleep, systemClock } from '#core/domain/clock.ts';
import type { PhoneMessage, ShownPerson } from '../control-client.ts';
import { SandboxClient } from '../control-client.ts';
import { MAGIC_NUMBERS } from '../magic-numbers.ts';
import { DEFAULT_NUMBER } from './help.ts';
import { contentOf, linesAround } from './lines.ts';
import type { Running } from './run-file.ts';
import { Advice } from './run-file.ts';
import { WRITE_COMMANDS, type WriteCommand } from './write-commands.ts';

/** How often, and how many times, the QR code is asked for while the session is still connecting. */
const QR_POLL_MS = 500;
const QR_POLLS = 40;
/** Messages shown before `chat` follows. */
const CHAT_LINES = 30;

/** How long `call` rings. */
const RINGS_MS = 3000;

type Print = (line: string) => void;

export interface Command {
  /** Names of the arguments; those in brackets may be left out. */
  readonly usage: string;
  readonly run: (running: Running, args: readonly string[], print: Print) => Promise<void>;
}

/** Everything that `npm run phone` can do. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  scan: { usage: '<session id> [number]', run: scan },
  code: { usage: '<number> <code>', run: enterCode },
  list: { usage: '', run: list },
  chat: { usage: '<number> [with]', run: chat },
  write: { usage: '<from> <to> <text>', run: write },
  ...Object.fromEntries(
    Object.entries(WRITE_COMMANDS).map(([name, { usage, draft }]) => [
      name,
      {
        usage: `<from> <to> ${usage}`,
        run: (running, args, print) => writeKind(running, args, print, draft),
      },
    ]),
  ),
  reply: { usage: '<from> <to> <message id> <text>', run: reply },
  react: { usage: '<from> <to> <message id> <emoji>', run: react },
  call: { usage: '<from> <to>', run: call },
  read: { usage: '<number> <message id>', run: read },
  offline: { usage: '<number>', run: (running, args, print) => setOnline(running, args, print, false) },
  online: { usage: '<number>', run: (running, args, print) => setOnline(running, args, print, true) },
  unlink: { usage: '<number> [device]', run: unlink },
  'change-number': { usage: '<number> <new number>', run: changeNumber },
  magic: { usage: '', run: magic },
};

function phonesOf(running: Running): SandboxClient {
  return new SandboxClient(running.sandbox);
}

async function scan(
  running: Running,
  [session = '', number = DEFAULT_NUMBER]: readonly string[],
  print: Print,
): Promise<void> {
  const qr = await fetchQr(running, session);
  const linked = await phonesOf(running).scan(number, qr);
  print(`Session ${session} is linked to the phone ${linked.jid.split(':')[0]} as device ${linked.device}.`);
  print(`Write to it: npm run phone -- write +5511987654321 ${number} "Oi"`);
}

/** Asks the API for the session's QR code until there is one. */
async function fetchQr(running: Running, session: string): Promise<string> {
  const url = `${running.api.replace(/\/$/, '')}/sessions/${encodeURIComponent(session)}/qr`;
  const headers = { authorization: `Bearer ${running.apiKey}`, accept: 'application/json' };
  let said = '';
  for (let poll = 0; poll < QR_POLLS; poll++) {
    const response = await fetch(url, { headers });
    const body = (await response.json()) as { qr?: string; error?: { message?: string } };
    if (typeof body.qr === 'string') return body.qr;
    said = body.error?.message ?? `status ${response.status}`;
    if (response.status === 404 || response.status === 401 || response.status === 403) break;
    await sleep(systemClock, QR_POLL_MS);
  }
  const create = `curl -X POST ${running.api}/sessions -H 'Authorization: Bearer ${running.apiKey}' -H 'Content-Type: application/json' -d '{"id":"${session}"}'`;
  throw new Advice(`Session ${session} shows no QR code (${said}).\nIf it does not exist yet, create it:\n  ${create}`);
}

async function enterCode(running: Running, [number = '', ...code]: readonly string[], print: Print): Promise<void> {
  const linked = await phonesOf(running).enterPairingCode(number, code.join(''));
  print(`Linked to ${number} as device ${linked.device}.`);
}

async function list(running: Running, _: readonly string[], print: Print): Promise<void> {
  const people = await phonesOf(running).people();
  if (people.length === 0) print('Nobody yet. People come to be when somebody writes to them.');
  for (const person of people) print(personLine(person));
}

function personLine({ number, name, online, linkedDevices }: ShownPerson): string {
  const devices = linkedDevices.map((each) => `${each.device}${each.isConnected ? '' : ' (away)'}`);
  const linked = devices.length === 0 ? '' : `  linked devices: ${devices.join(', ')}`;
  return `+${number}  ${name}${online ? '' : '  (off line)'}${linked}`;
}

async function chat(running: Running, [number = '', other]: readonly string[], print: Print): Promise<void> {
  const phones = phonesOf(running);
  const partner = other === undefined ? undefined : (await phones.person(other)).number;
  const isShown = (message: PhoneMessage): boolean => partner === undefined || message.chat === partner;
  const seen = new Set<string>();
  const show = (message: PhoneMessage): void => {
    const key = `${message.author} ${message.id} ${message.status ?? ''} ${message.arrivals}`;
    if (!seen.has(key) && isShown(message)) print(messageLine(message));
    seen.add(key);
  };
  const listening = (): void => {
    phones.messages(number).then(
      (messages) => messages.filter(isShown).slice(-CHAT_LINES).forEach(show),
      (error: unknown) => print(String(error)),
    );
  };
  for await (const event of phones.events(number, new AbortController().signal, listening)) {
    if (event.type === 'message' || event.type === 'status') show(event.message);
    else if (event.type === 'chatstate') print(`… +${event.from} ${event.state}`);
    else if (event.type === 'linked' || event.type === 'unlinked') print(`— device ${event.device} ${event.type}`);
  }
}

const TICKS: Readonly<Record<string, string>> = {
  pending: '○',
  sent: '✓',
  delivered: '✓✓',
  read: '✓✓ read',
  played: '✓✓ played',
  failed: '✗',
};

function messageLine(message: PhoneMessage): string {
  const time = new Date(message.timestampMs).toTimeString().slice(0, 8);
  const who = message.fromMe ? `to +${message.chat}` : `from +${message.author}`;
  const about = message.targetId === undefined ? '' : ` (about ${message.targetId})`;
  const ticks = message.status === undefined ? '' : ` ${TICKS[message.status] ?? message.status}`;
  const doubled = message.arrivals > 1 ? ` (arrived ${message.arrivals} times)` : '';
  return `${time}  ${who}  ${contentOf(message)}${about}${ticks}${doubled}  ${message.id}${linesAround(message)}`;
}

async function write(running: Running, [from = '', to = '', ...words]: readonly string[], print: Print): Promise<void> {
  print(messageLine(await phonesOf(running).write(from, to, words.join(' '))));
}

async function writeKind(
  running: Running,
  [from = '', to = '', ...args]: readonly string[],
  print: Print,
  draft: WriteCommand['draft'],
): Promise<void> {
  print(messageLine(await phonesOf(running).send(from, { to, ...(await draft(args)) })));
}

async function reply(running: Running, args: readonly string[], print: Print): Promise<void> {
  const [from = '', to = '', id = '', ...words] = args;
  print(messageLine(await phonesOf(running).reply(from, to, words.join(' '), id)));
}

async function react(running: Running, args: readonly string[], print: Print): Promise<void> {
  const [from = '', to = '', id = '', emoji = ''] = args;
  print(messageLine(await phonesOf(running).react(from, to, emoji, id)));
}

async function call(running: Running, [from = '', to = '']: readonly string[], print: Print): Promise<void> {
  const { id } = await phonesOf(running).call(from, to);
  print(`Rings at ${to} (call ${id}).`);
  await sleep(systemClock, RINGS_MS);
  await phonesOf(running).hangUp(from, to, id);
  print('Nobody took it.');
}

async function read(running: Running, [number = '', id = '']: readonly string[], print: Print): Promise<void> {
  await phonesOf(running).read(number, id);
  print(`${number} has read ${id}.`);
}

async function setOnline(
  running: Running,
  [number = '']: readonly string[],
  print: Print,
  online: boolean,
): Promise<void> {
  const phones = phonesOf(running);
  await (online ? phones.online(number) : phones.offline(number));
  print(`The phone of ${number} is ${online ? 'on' : 'off'} line.`);
}

async function unlink(running: Running, [number = '', device]: readonly string[], print: Print): Promise<void> {
  const { unlinked } = await phonesOf(running).unlink(number, device === undefined ? undefined : Number(device));
  print(`Unlinked from ${number}: device ${unlinked.join(', ')}.`);
}

async function changeNumber(running: Running, [number = '', to = '']: readonly string[], print: Print): Promise<void> {
  const { number: now } = await phonesOf(running).changeNumber(number, to);
  print(`${number} is ${now} now.`);
}

async function magic(_: Running, __: readonly string[], print: Print): Promise<void> {
  for (const { number, does } of MAGIC_NUMBERS) print(`+${number}  ${does}`);
}
