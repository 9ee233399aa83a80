import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import { s3Error } from './s3-error.ts';

export const checksumAlgorithm = z.enum(['CRC32', 'SHA1', 'SHA256']);
export type ChecksumAlgorithm = z.infer<typeof checksumAlgorithm>;

export const checksum = z.object({
  algorithm: checksumAlgorithm,
  /** Base64; `-<parts>` at its end says that it is a checksum of checksums. */
  value: z.string(),
});
export type Checksum = z.infer<typeof checksum>;

/** A running checksum. `value` may be asked once. */
export interface RunningChecksum {
  readonly algorithm: ChecksumAlgorithm;
  update(data: Uint8Array): void;
  /** Base64 */
  value(): string;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  if (algorithm === 'CRC32') return startCrc32();
  const hash = createHash(algorithm.toLowerCase());
  return { algorithm, update: (data) => void hash.update(data), value: () => hash.digest('base64') };
}

function startCrc32(): RunningChecksum {
  let sum = 0;
  return {
    algorithm: 'CRC32',
    update(data) {
      sum = crc32(data, sum);
    },
    value() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum);
      return bytes.toString('base64');
    },
  };
}

/** Checksum of the checksums of all parts, as S3 gives a multipart upload (type COMPOSITE). */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): Checksum {
  const running = startChecksum(algorithm);
  for (const part of parts) running.update(Buffer.from(part, 'base64'));
  return { algorithm, value: `${running.value()}-${parts.length}` };
}

/** Header of a checksum, such as `x-amz-checksum-crc32`. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** Element of a checksum, such as `ChecksumCRC32`. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

export function checksumType({ value }: Checksum): 'COMPOSITE' | 'FULL_OBJECT' {
  return value.includes('-') ? 'COMPOSITE' : 'FULL_OBJECT';
}

/** @throws AwsError NotImplemented for algorithms that the emulator does not compute */
export function readAlgorithm(name: string): ChecksumAlgorithm {
  const parsed = checksumAlgorithm.safeParse(name.toUpperCase());
  if (!parsed.success)
    throw s3Error('NotImplemented', `Checksum ${name} is not implemented here; CRC32, SHA1 and SHA256 are.`);
  return parsed.data;
}
