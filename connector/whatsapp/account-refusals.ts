import { AccountRefusal } from './account-port.ts';

/** Graph code: access denied. */
const DENIED = 131005;
/** WhatsApp's answers that will not change by asking again: not allowed, not there, not acceptable. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 406, 409]);

/** WhatsApp's error code in what Baileys throws; undefined for anything else, such as a line that broke. */
export const codeOf = (error: unknown): number | undefined => {
  const { data } = (error ?? {}) as { readonly data?: unknown };
  return typeof data === 'number' && REFUSALS.has(data) ? data : undefined;
};

/** @throws AccountRefusal where WhatsApp refuses */
export async function orRefusal<T>(query: Promise<T>, refusal = refusedWith): Promise<T> {
  try {
    return await query;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw refusal(code);
  }
}

const refusedWith = (code: number): AccountRefusal => new AccountRefusal(DENIED, `WhatsApp refused it (${code}).`);
