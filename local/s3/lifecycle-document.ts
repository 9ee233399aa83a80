import * as z from 'zod';
import type { LifecycleRule } from './lifecycle-rule.ts';
import { tagElement } from './object-tags.ts';
import { s3Error } from './s3-error.ts';
import { element, optional, parseXml, type Xml, xmlDocument } from './xml.ts';

const count = z.coerce.number().int().positive();
const size = z.coerce.number().int().nonnegative();
const day = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const conditions = {
  Prefix: z.string().optional(),
  Tag: z.array(tagElement).optional(),
  ObjectSizeGreaterThan: size.optional(),
  ObjectSizeLessThan: size.optional(),
};
const filter = z.object({ ...conditions, And: z.object(conditions).optional() });
const rule = z.object({
  ID: z.string().max(255).default(''),
  Status: z.enum(['Enabled', 'Disabled']),
  Prefix: z.string().optional(),
  Filter: z.union([filter, z.literal('').transform((): z.infer<typeof filter> => ({}))]).default({}),
  Expiration: z
    .object({ Days: count.optional(), Date: day.optional(), ExpiredObjectDeleteMarker: z.string().optional() })
    .optional(),
  AbortIncompleteMultipartUpload: z.object({ DaysAfterInitiation: count }).optional(),
  Transition: z.unknown().optional(),
});
const lifecycleDocument = z.object({ LifecycleConfiguration: z.object({ Rule: z.array(rule).min(1).max(1000) }) });

/**
 * Reads the body of PutBucketLifecycleConfiguration. Rules about old versions have nothing to act on.
 * @throws AwsError MalformedXML, NotImplemented (transitions)
 */
export function readLifecycleDocument(body: Buffer): LifecycleRule[] {
  return parseXml(body, lifecycleDocument).LifecycleConfiguration.Rule.map((one, position) => {
    if (one.Transition !== undefined)
      throw s3Error('NotImplemented', 'Storage class transitions are not implemented here.');
    const { Prefix, Tag, ObjectSizeGreaterThan, ObjectSizeLessThan } = { ...one.Filter, ...one.Filter.And };
    return {
      id: one.ID || `rule-${position + 1}`,
      enabled: one.Status === 'Enabled',
      prefix: Prefix ?? one.Prefix ?? '',
      tags: Object.fromEntries((Tag ?? []).map(({ Key, Value }) => [Key, Value])),
      sizeGreaterThan: ObjectSizeGreaterThan,
      sizeLessThan: ObjectSizeLessThan,
      expireAfterDays: one.Expiration?.Days,
      expireAt: one.Expiration?.Date,
      abortUploadsAfterDays: one.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
    };
  });
}

/** Answer of GetBucketLifecycleConfiguration. */
export function writeLifecycleDocument(rules: readonly LifecycleRule[]): string {
  return xmlDocument('LifecycleConfiguration', rules.map(writeRule));
}

function writeRule(one: LifecycleRule): Xml {
  const expires = one.expireAfterDays !== undefined || one.expireAt !== undefined;
  const date = one.expireAt === undefined ? undefined : new Date(one.expireAt).toISOString();
  return element(
    'Rule',
    element('ID', one.id),
    element('Filter', writeFilter(one)),
    element('Status', one.enabled ? 'Enabled' : 'Disabled'),
    expires ? element('Expiration', optional('Days', one.expireAfterDays), optional('Date', date)) : undefined,
    one.abortUploadsAfterDays === undefined
      ? undefined
      : element('AbortIncompleteMultipartUpload', element('DaysAfterInitiation', one.abortUploadsAfterDays)),
  );
}

/** Several conditions, and only they, stand within And. */
function writeFilter({ prefix, tags, sizeGreaterThan, sizeLessThan }: LifecycleRule): Xml {
  const written = [
    ...(prefix === '' ? [] : [element('Prefix', prefix)]),
    ...Object.entries(tags).map(([key, value]) => element('Tag', element('Key', key), element('Value', value))),
    ...(sizeGreaterThan === undefined ? [] : [element('ObjectSizeGreaterThan', sizeGreaterThan)]),
    ...(sizeLessThan === undefined ? [] : [element('ObjectSizeLessThan', sizeLessThan)]),
  ];
  if (written.length === 0) return element('Prefix', '');
  return written.length === 1 ? (written[0] ?? element('Prefix', '')) : element('And', written);
}
