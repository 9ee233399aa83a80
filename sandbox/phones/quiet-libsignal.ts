/** What libsignal prints in normal operation; with some of these it prints private ratchet keys. */
const LIBSIGNAL_LINES = [
  'Closing session',
  'Closing open session',
  'Closing stale open session',
  'Opening session',
  'Removing old closed session',
  'Session already closed',
  'Session already open',
  'Decrypted message with closed session',
  'Failed to decrypt message with any known session',
  'Session error',
  'Migrating session',
  'V1 session storage migration error',
];

let isQuiet = false;

/** Keeps libsignal from printing session records. Everything else on the console goes through. */
export function quietLibsignal(): void {
  if (isQuiet) return;
  isQuiet = true;
  const target = globalThis['console'];
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    const print = target[method].bind(target);
    target[method] = (...parts: unknown[]): void => {
      const [first] = parts;
      if (typeof first === 'string' && LIBSIGNAL_LINES.some((line) => first.startsWith(line))) return;
      print(...parts);
    };
  }
}
