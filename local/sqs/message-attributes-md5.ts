import { createHash } from 'node:crypto';

/** One attribute of a message as the JSON protocol carries it: `BinaryValue` is base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: string | undefined;
}
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const STRING_VALUE = Buffer.from([1]);
const BINARY_VALUE = Buffer.from([2]);

export function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}

/**
 * MD5 of message attributes as the SQS developer guide defines it: sorted by name; name, type and value each after
 * its length in four bytes, the value after one byte for its kind. Undefined when there are none, as AWS answers.
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const addWithLength = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name];
    if (!attribute) continue;
    addWithLength(Buffer.from(name));
    addWithLength(Buffer.from(attribute.DataType));
    hash.update(isBinary(attribute) ? BINARY_VALUE : STRING_VALUE);
    addWithLength(attributeValue(attribute));
  }
  return hash.digest('hex');
}

/** Bytes of an attribute's value. */
export function attributeValue(attribute: MessageAttribute): Buffer {
  return isBinary(attribute)
    ? Buffer.from(attribute.BinaryValue ?? '', 'base64')
    : Buffer.from(attribute.StringValue ?? '', 'utf8');
}

export function isBinary(attribute: MessageAttribute): boolean {
  return attribute.DataType.startsWith('Binary');
}
