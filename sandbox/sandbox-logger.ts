/** What the sandbox needs of a logger; a pino logger is one. */
export interface SandboxLogger {
  trace?(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const drop = (): void => undefined;

/** Writes nothing. */
export const silentLogger: SandboxLogger = { debug: drop, info: drop, warn: drop, error: drop };

/** The shape that Baileys' own functions want; they would print keys, so they get a logger that writes nothing. */
export const silentBaileysLogger = {
  level: 'silent',
  child: () => silentBaileysLogger,
  trace: drop,
  debug: drop,
  info: drop,
  warn: drop,
  error: drop,
};
