/** One device of one person. Device 0 is the phone, others are linked to it. */
export interface DeviceAddress {
  readonly number: string;
  readonly device: number;
}

/** How a person is named in a stanza: by phone number or by the hidden (linked) id. */
export type Addressing = 'pn' | 'lid';

/** The parts of a jid. `device` is 0 when the jid names none. */
export interface JidParts {
  readonly user: string;
  readonly server: string;
  readonly device: number;
}

/** Takes a jid apart; undefined when it is none. */
export function parseJid(jid: string): JidParts | undefined {
  const match = /^([^:@]+)(?::(\d+))?@([a-z.]+)$/.exec(jid);
  if (!match?.[1] || !match[3]) return undefined;
  return { user: match[1], server: match[3], device: Number(match[2] ?? 0) };
}

/** `5511…@s.whatsapp.net`, with the device unless it is the phone itself. */
export function pnJid(number: string, device = 0): string {
  return `${number}${device === 0 ? '' : `:${device}`}@s.whatsapp.net`;
}

/** `1234…@lid`, with the device unless it is the phone itself. */
export function lidJid(lid: string, device = 0): string {
  return `${lid}${device === 0 ? '' : `:${device}`}@lid`;
}

/** Text under which one device is kept in maps. */
export function addressKey(address: DeviceAddress): string {
  return `${address.number}:${address.device}`;
}
