import type { ILogger } from '@whiskeysockets/baileys/lib/Utils/logger.js';
import { type Logger, maskNumbers } from '../observability/logger.ts';

/**
 * Baileys logs whole stanzas, keys' names and phone numbers beside its sentences. Only the sentence and the error pass,
 * numbers masked, and nothing below warnings.
 */
export function makeBaileysLogger(logger: Logger): ILogger {
  const pass = (level: 'warn' | 'error') => (fields: unknown, sentence?: string) => {
    const said = typeof fields === 'string' ? fields : sentence;
    logger[level]({ source: 'baileys', said: maskNumbers(said ?? ''), ...errorOf(fields) }, 'whatsapp engine');
  };
  const drop = (): void => undefined;
  const filtered: ILogger = {
    level: 'warn',
    child: () => filtered,
    trace: drop,
    debug: drop,
    info: drop,
    warn: pass('warn'),
    error: pass('error'),
  };
  return filtered;
}

function errorOf(fields: unknown): Record<string, unknown> {
  if (typeof fields !== 'object' || fields === null) return {};
  const error = 'err' in fields ? fields.err : 'error' in fields ? fields.error : undefined;
  return error instanceof Error ? { error } : {};
}
