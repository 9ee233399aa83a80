import * as z from 'zod';
import { s3Error } from './s3-error.ts';
import { readQuery } from './s3-request.ts';
import { element, parseXml, xmlDocument } from './xml.ts';

/** Limits of object tags in the S3 user guide. */
const MAX_TAGS = 10;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;

export type Tags = Readonly<Record<string, string>>;

export const tagElement = z.object({ Key: z.string(), Value: z.string() });
const emptyOr = <Schema extends z.ZodType>(schema: Schema): z.ZodType<z.output<Schema> | undefined> =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
const taggingDocument = z.object({
  Tagging: z.object({ TagSet: emptyOr(z.object({ Tag: z.array(tagElement) })) }),
});

/** Reads the header `x-amz-tagging` (`key=value&…`, URL-encoded). @throws AwsError InvalidTag */
export function readTagHeader(header: string | undefined): Tags {
  return checked(readQuery((header ?? '').replaceAll('+', '%20')));
}

/** Reads the body of PutObjectTagging. @throws AwsError MalformedXML, InvalidTag */
export function readTagDocument(body: Buffer): Tags {
  const { TagSet } = parseXml(body, taggingDocument).Tagging;
  return checked((TagSet?.Tag ?? []).map(({ Key, Value }) => [Key, Value]));
}

/** Answer of GetObjectTagging. */
export function writeTags(tags: Tags): string {
  const set = Object.entries(tags).map(([key, value]) => element('Tag', element('Key', key), element('Value', value)));
  return xmlDocument('Tagging', element('TagSet', set));
}

function checked(pairs: readonly (readonly [string, string])[]): Tags {
  if (pairs.length > MAX_TAGS) throw s3Error('InvalidTag', `Object tags cannot be greater than ${MAX_TAGS}`);
  for (const [key, value] of pairs) {
    if (key.length < 1 || key.length > MAX_KEY_LENGTH)
      throw s3Error('InvalidTag', 'The TagKey you have provided is invalid');
    if (value.length > MAX_VALUE_LENGTH) throw s3Error('InvalidTag', 'The TagValue you have provided is invalid');
  }
  const tags = Object.fromEntries(pairs);
  if (Object.keys(tags).length < pairs.length)
    throw s3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  return tags;
}
