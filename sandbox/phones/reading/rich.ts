import type { proto } from '@whiskeysockets/baileys';
import type { ShownButton, ShownContent } from '../../store/message-log.ts';
import { aroundOf } from './details.ts';

/** Kinds of message that are neither text nor file. */
export function readRich(content: proto.IMessage): ShownContent | undefined {
  return readLocation(content) ?? readContacts(content) ?? readPoll(content) ?? readInteractive(content);
}

function readLocation({ locationMessage: place }: proto.IMessage): ShownContent | undefined {
  if (!place) return undefined;
  const location = {
    latitude: place.degreesLatitude ?? 0,
    longitude: place.degreesLongitude ?? 0,
    ...(place.name && { name: place.name }),
    ...(place.address && { address: place.address }),
  };
  const text = [place.name, place.address, `${location.latitude},${location.longitude}`].filter(Boolean).join(' · ');
  return { kind: 'location', text, details: { location, ...aroundOf(place.contextInfo) } };
}

function readContacts({ contactMessage, contactsArrayMessage }: proto.IMessage): ShownContent | undefined {
  const cards = contactsArrayMessage?.contacts ?? (contactMessage ? [contactMessage] : []);
  if (cards.length === 0) return undefined;
  const context = contactsArrayMessage?.contextInfo ?? contactMessage?.contextInfo;
  const vcards = cards.map(({ vcard }) => vcard ?? '');
  const text = cards.map(({ displayName }) => displayName ?? '').join(', ');
  return { kind: 'contacts', text, details: { vcards, ...aroundOf(context) } };
}

function readPoll(content: proto.IMessage): ShownContent | undefined {
  const poll = content.pollCreationMessage ?? content.pollCreationMessageV3;
  if (!poll) return undefined;
  const options = (poll.options ?? []).map(({ optionName }) => optionName ?? '');
  const details = { poll: { options, mostChosen: poll.selectableOptionsCount ?? 0 }, ...aroundOf(poll.contextInfo) };
  return { kind: 'poll', text: poll.name ?? '', details };
}

function readInteractive({ interactiveMessage: message }: proto.IMessage): ShownContent | undefined {
  if (!message) return undefined;
  const flows = message.nativeFlowMessage?.buttons ?? [];
  const buttons = flows.flatMap(({ name, buttonParamsJson }) => buttonsOf(name ?? '', buttonParamsJson ?? '{}'));
  const { header, body, footer } = message;
  const text = [header?.title, body?.text, footer?.text].filter(Boolean).join('\n');
  return { kind: 'interactive', text, details: { buttons, ...aroundOf(message.contextInfo) } };
}

interface Row {
  readonly id: string;
  readonly title: string;
}
interface Parameters {
  readonly display_text?: string;
  readonly title?: string;
  readonly id?: string;
  readonly sections?: readonly { readonly rows: readonly Row[] }[];
}

/** A list is what its rows are. */
function buttonsOf(flow: string, json: string): ShownButton[] {
  const { display_text: label, title, id, sections } = JSON.parse(json) as Parameters;
  if (sections) return sections.flatMap(({ rows }) => rows.map((row) => ({ flow, id: row.id, label: row.title })));
  return [{ flow, label: label ?? title ?? '', ...(id !== undefined && { id }) }];
}
