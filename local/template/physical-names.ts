import { createHash } from 'node:crypto';

/** Where the runner's resources live: the emulators' account and partition. */
export const LOCAL_ACCOUNT = '000000000000';

/** What names are made of. */
export interface Place {
  readonly stackName: string;
  readonly region: string;
  /** `http://127.0.0.1:<port>` of the emulated AWS. */
  readonly awsEndpoint: string;
  /** `http://127.0.0.1:<port>` of the HTTP API. */
  readonly apiUrl: string;
  /** Id of the KMS key of a logical id; KMS chooses ids by itself. @default one made of the logical id */
  readonly keyIdOf?: ((logicalId: string) => string) | undefined;
}

/** Digits of the hash that replaces the tail of a name that is too long. */
const HASH_DIGITS = 8;

/** `<stack>-<logicalId>`, at most `limit` characters: always the same for the same template. */
export function physicalName(stackName: string, logicalId: string, limit: number): string {
  const name = `${stackName}-${logicalId}`;
  if (name.length <= limit) return name;
  return `${name.slice(0, limit - HASH_DIGITS - 1)}-${hexOf(name).slice(0, HASH_DIGITS)}`;
}

/** A name of an id's looks (`abc123…`), the same for the same stack and logical id. */
export function opaqueId(stackName: string, logicalId: string, length: number): string {
  return BigInt(`0x${hexOf(`${stackName}/${logicalId}`)}`)
    .toString(36)
    .slice(0, length);
}

/** A UUID that is always the same for the same stack and logical id (key ids of KMS). */
export function stableUuid(stackName: string, logicalId: string): string {
  const hex = hexOf(`${stackName}/${logicalId}`);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

const hexOf = (text: string): string => createHash('sha256').update(text).digest('hex');
