/** How long a logout may take to get a connection to say it on, milliseconds. */
export const LOGOUT_CONNECT_MS = 20_000;
/** How long the ledger may take to become durable when the process ends, milliseconds. */
export const LAST_WRITES_MS = 10_000;
