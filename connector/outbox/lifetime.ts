import type { MessageHead } from '#core/contracts/outbound-command.ts';

/** When a message fails if it has not left, milliseconds since the epoch. Its time begins when it may go. */
export function expiryOf(
  { expiresAtMs, acceptedAtMs, notBeforeMs = acceptedAtMs }: MessageHead,
  defaultTtlMs: number,
): number {
  return expiresAtMs ?? Math.max(acceptedAtMs, notBeforeMs) + defaultTtlMs;
}
