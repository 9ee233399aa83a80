import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';
import { attributeValue, type MessageAttributes } from '../sqs/message-attributes-md5.ts';

/** 256 KiB: SNS quota for one message with its attributes, and for one batch. */
export const MAX_PUBLISH_BYTES = 262_144;
const MAX_SUBJECT_CHARACTERS = 100;

export const messageAttributes = z.record(
  z.string(),
  z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
);

/** A message as its publisher hands it over. */
export interface Publication {
  readonly message: string;
  readonly subject?: string | undefined;
  readonly messageStructure?: string | undefined;
  readonly attributes?: MessageAttributes | undefined;
  readonly groupId?: string | undefined;
}

/**
 * Checks a message and returns its text by protocol.
 * @throws AwsError InvalidParameter, ParameterValueInvalid
 */
export function checkPublication(publication: Publication): (protocol: string) => string {
  const { message, subject } = publication;
  if (message === '') throw invalidParameter('Empty message');
  if (publicationBytes(publication) > MAX_PUBLISH_BYTES) throw invalidParameter('Message too long');
  if (subject !== undefined && (!/^[\x20-\x7e]+$/.test(subject) || subject.length > MAX_SUBJECT_CHARACTERS)) {
    throw invalidParameter('Subject');
  }
  for (const [name, attribute] of Object.entries(publication.attributes ?? {})) {
    if (/^(String|Number|Binary|String\.Array)$/.test(attribute.DataType) && attributeValue(attribute).length > 0)
      continue;
    throw new AwsError('ParameterValueInvalid', `The message attribute '${name}' has no value or no valid type.`);
  }
  if (publication.messageStructure === undefined) return () => message;
  if (publication.messageStructure !== 'json') throw invalidParameter('MessageStructure');
  return textByProtocol(message);
}

/** Bytes that SNS counts against its size limit. */
export function publicationBytes({ message, attributes }: Publication): number {
  let bytes = Buffer.byteLength(message);
  for (const [name, attribute] of Object.entries(attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + attributeValue(attribute).length;
  }
  return bytes;
}

export function invalidParameter(what: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${what}`);
}

function textByProtocol(message: string): (protocol: string) => string {
  let json: unknown;
  try {
    json = JSON.parse(message);
  } catch {
    throw invalidParameter('Message Structure - JSON message body failed to parse');
  }
  const texts = z.record(z.string(), z.string()).safeParse(json);
  const fallback = texts.data?.['default'];
  if (fallback === undefined) {
    throw invalidParameter('Message Structure - No default entry in JSON message body');
  }
  return (protocol) => texts.data?.[protocol] ?? fallback;
}
