import { createHash } from 'node:crypto';
import { type AccountId, type TemplateId, TemplateIdSchema } from '../ids.ts';

const LOWEST = 10n ** 18n;
const HASH_BYTES = 16;

/** Id of a template: the same for the same name and language of an account, so that both ways to it are one read. */
export function templateIdOf(accountId: AccountId, name: string, language: string): TemplateId {
  const hash = createHash('sha256').update(`template:${accountId}:${name}:${language}`);
  const value = BigInt(`0x${hash.digest().subarray(0, HASH_BYTES).toString('hex')}`);
  return TemplateIdSchema.parse((LOWEST + (value % (9n * LOWEST))).toString());
}
