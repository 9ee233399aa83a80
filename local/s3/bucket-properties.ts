import * as z from 'zod';
import type { LifecycleRule } from './lifecycle-rule.ts';

const number = z.coerce.number();
const tag = z.object({ Key: z.string(), Value: z.string() });
const rule = z.object({
  Id: z.string().optional(),
  Status: z.enum(['Enabled', 'Disabled']),
  Prefix: z.string().default(''),
  TagFilters: z.array(tag).default([]),
  ObjectSizeGreaterThan: number.optional(),
  ObjectSizeLessThan: number.optional(),
  ExpirationInDays: number.optional(),
  ExpirationDate: z.iso.datetime({ offset: true }).optional(),
  AbortIncompleteMultipartUpload: z.object({ DaysAfterInitiation: number }).optional(),
  // Without versions there is nothing for them to act on.
  NoncurrentVersionExpiration: z.unknown().optional(),
  ExpiredObjectDeleteMarker: z.unknown().optional(),
});
/** Strict: what the emulator would silently not do is refused. */
const properties = z.strictObject({
  BucketName: z.string().optional(),
  LifecycleConfiguration: z.object({ Rules: z.array(z.strictObject(rule.shape)) }).optional(),
  // Without effect on one machine.
  BucketEncryption: z.unknown().optional(),
  PublicAccessBlockConfiguration: z.unknown().optional(),
  OwnershipControls: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

/**
 * Reads the lifecycle rules of an AWS::S3::Bucket, references resolved.
 * @throws ZodError for properties that the emulator does not have, such as versioning or notifications
 */
export function readBucketProperties(input: unknown): LifecycleRule[] {
  const rules = properties.parse(input).LifecycleConfiguration?.Rules ?? [];
  return rules.map((one, position) => ({
    id: one.Id ?? `rule-${position + 1}`,
    enabled: one.Status === 'Enabled',
    prefix: one.Prefix,
    tags: Object.fromEntries(one.TagFilters.map(({ Key, Value }) => [Key, Value])),
    sizeGreaterThan: one.ObjectSizeGreaterThan,
    sizeLessThan: one.ObjectSizeLessThan,
    expireAfterDays: one.ExpirationInDays,
    expireAt: one.ExpirationDate === undefined ? undefined : Date.parse(one.ExpirationDate),
    abortUploadsAfterDays: one.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
  }));
}
