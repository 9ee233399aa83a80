import { createHash } from 'node:crypto';
import { dayStartOf } from './delivery-position.ts';
import type { Wamid } from './wamid.ts';

/**
 * Meta's `message_history_id`: digits only. It says whose events it means by a hash, and around which day to look for them, because no
 * index leads from a message to its events. Opaque to clients.
 */
export interface HistoryId {
  /** First 16 bytes of the SHA-256 of the wamid, decimal. */
  readonly hash: string;
  /** First millisecond of the UTC day of an event of the message. */
  readonly dayMs: number;
}

/** Kinds of ids have lengths of their own (D3): this one has 45 digits. */
const KIND = '4';
const DAY_DIGITS = 5;
const HASH_DIGITS = 39;
const HASH_BYTES = 16;
const DAY_MS = 24 * 3600 * 1000;
const PATTERN = new RegExp(`^${KIND}(?<day>\\d{${DAY_DIGITS}})(?<hash>\\d{${HASH_DIGITS}})$`);

export function historyHashOf(wamid: Wamid): string {
  const bytes = createHash('sha256').update(wamid).digest().subarray(0, HASH_BYTES);
  return BigInt(`0x${bytes.toString('hex')}`)
    .toString()
    .padStart(HASH_DIGITS, '0');
}

/** @param occurredAtMs when an event of the message happened, milliseconds since the epoch */
export function formatHistoryId(wamid: Wamid, occurredAtMs: number): string {
  const day = String(dayStartOf(occurredAtMs) / DAY_MS).padStart(DAY_DIGITS, '0');
  return `${KIND}${day}${historyHashOf(wamid)}`;
}

/** @returns undefined for any other id */
export function parseHistoryId(id: string): HistoryId | undefined {
  const { day, hash } = PATTERN.exec(id)?.groups ?? {};
  return day === undefined || hash === undefined ? undefined : { hash, dayMs: Number(day) * DAY_MS };
}
