/**
 * libsignal prints whole session records, private ratchet keys included, through `console` in normal operation
 * (whatsapp.md, fact 8). So this module has to be evaluated before libsignal is, and nothing may put the methods back:
 * the connector itself logs through pino only.
 */
const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table', 'group'] as const;

const swallow = (): void => undefined;

for (const method of METHODS) {
  Object.defineProperty(console, method, { value: swallow, writable: false, configurable: false });
}
