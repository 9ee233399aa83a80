/** Condition keys that requests carry on one machine, in lower case; those with `true` hold several values. */
const KEYS: ReadonlyMap<string, boolean> = new Map([
  ['aws:securetransport', false],
  ['aws:currenttime', false],
  ['aws:epochtime', false],
  ['aws:requestedregion', false],
  ['aws:principalarn', false],
  ['aws:principalaccount', false],
  ['aws:principaltype', false],
  ['aws:principalisawsservice', false],
  ['aws:principalservicename', false],
  ['aws:resourceaccount', false],
  ['aws:sourcearn', false],
  ['aws:sourceaccount', false],
  ['dynamodb:leadingkeys', true],
  ['s3:prefix', false],
  ['kms:calleraccount', false],
  ['kms:viaservice', false],
  ['kms:encryptioncontextkeys', true],
]);

/** The name of a pair of the encryption context is part of the key: `kms:EncryptionContext:<name>`. */
const ENCRYPTION_CONTEXT = 'kms:encryptioncontext:';

/** True for a condition key that means the same here as in AWS. Upper and lower case are one. */
export function isKnownKey(key: string): boolean {
  const name = key.toLowerCase();
  return KEYS.has(name) || (name.startsWith(ENCRYPTION_CONTEXT) && name.length > ENCRYPTION_CONTEXT.length);
}

/** True for a key that may have several values, which a condition compares with `ForAllValues` or `ForAnyValue`. */
export const isMultivalued = (key: string): boolean => KEYS.get(key.toLowerCase()) ?? false;
