import { XMLParser } from 'fast-xml-parser';
import type * as z from 'zod';
import { s3Error } from './s3-error.ts';

/** A piece of XML that is written as it is. */
export class Xml {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Content = Xml | string | number | boolean | undefined | readonly Content[];

/** `<name>content</name>`; text is escaped, undefined content leaves nothing. */
export function element(name: string, ...content: readonly Content[]): Xml {
  return new Xml(`<${name}>${content.map(write).join('')}</${name}>`);
}

/** Like `element`, but no element at all when there is no value. */
export function optional(name: string, value: string | number | undefined): Xml {
  return value === undefined ? new Xml('') : element(name, value);
}

/** A whole answer, in S3's namespace. */
export function xmlDocument(name: string, ...content: readonly Content[]): string {
  const body = content.map(write).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${body}</${name}>`;
}

function write(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Xml) return content.text;
  if (typeof content === 'object') return content.map(write).join('');
  return escape(String(content));
}

/** Control characters as references: a reader would otherwise turn a carriage return into a line feed. */
function escape(text: string): string {
  return text.replace(/[\p{Cc}&<>"\u2028]/gu, (character) => `&#${character.charCodeAt(0)};`);
}

const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  // Numeric references, which the SDK writes for line breaks in keys, count as HTML's.
  htmlEntities: true,
  // Of the elements that we read these may come several times.
  isArray: (name) => ['Object', 'Part', 'Rule', 'Tag', 'Transition'].includes(name),
});

/**
 * Reads a document. Texts are strings, elements that may repeat are arrays.
 * @throws AwsError MalformedXML when it is no XML or does not fit the schema
 */
export function parseXml<Schema extends z.ZodType>(body: Buffer, schema: Schema): z.output<Schema> {
  let document: unknown;
  try {
    document = parser.parse(body.toString('utf8'), true);
  } catch (cause) {
    throw s3Error('MalformedXML', undefined, { Reason: String(cause) });
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw s3Error('MalformedXML', undefined, { Reason: parsed.error.issues.map((issue) => issue.message).join('; ') });
}
