import type { GuardedDownload } from '#core/adapters/http/guarded-http-client.ts';
import { RequestFailed } from '#core/adapters/http/request-failed.ts';
import { TooManyBytesError } from '#core/adapters/media-meter.ts';

/** Why something was not taken; goes into its row, and with a file's to the sender. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: 131052 | 131053;

  constructor(code: 131052 | 131053, details: string) {
    super(details);
    this.code = code;
  }
}

/** The receiver's fault, or that of its address; undefined for one of ours. */
export function refusedOf(error: unknown): { readonly code: 131052 | 131053; readonly details: string } | undefined {
  if (error instanceof Refused) return { code: error.code, details: error.message };
  if (error instanceof TooManyBytesError) return { code: 131053, details: `The file has ${error.message}.` };
  if (error instanceof RequestFailed)
    return { code: 131052, details: `The link could not be fetched: ${error.message}.` };
  // The line broke in the middle of the file.
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return { code: 131052, details: 'The link could not be fetched: its answer ended early.' };
  }
  return undefined;
}

const OK = 200;

/** @throws Refused for an answer that brings nothing */
export function refuseUnlessOk({ status }: GuardedDownload): void {
  if (status === OK) return;
  if (status >= 300 && status < 400) {
    throw new Refused(
      131052,
      'The link answered with a redirect, which is not followed. Give the address that it leads to.',
    );
  }
  throw new Refused(131052, `The link answered with HTTP status ${status}.`);
}

export function headerOf({ headers }: GuardedDownload, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}
