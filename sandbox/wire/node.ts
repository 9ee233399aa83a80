import type { BinaryNode } from '@whiskeysockets/baileys';

export type { BinaryNode } from '@whiskeysockets/baileys';

/** The jid of the server itself, as it stands in `to` and `from`. */
export const SERVER_JID = '@s.whatsapp.net';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Builds a stanza; attributes without a value are left out, numbers become decimal text. */
export function node(tag: string, attrs: Attributes = {}, content?: BinaryNode['content']): BinaryNode {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(attrs)) {
    if (value !== undefined) kept[name] = String(value);
  }
  return content === undefined ? { tag, attrs: kept } : { tag, attrs: kept, content };
}

/** All child stanzas, or those with one tag. */
export function children(parent: BinaryNode | undefined, tag?: string): BinaryNode[] {
  if (!Array.isArray(parent?.content)) return [];
  return tag === undefined ? parent.content : parent.content.filter((each) => each.tag === tag);
}

/** The first child stanza with that tag. */
export function child(parent: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return children(parent, tag)[0];
}

/** The bytes inside a stanza; text counts as its UTF-8 bytes. Undefined when it holds child stanzas or nothing. */
export function bytesOf(stanza: BinaryNode | undefined): Buffer | undefined {
  const content = stanza?.content;
  if (content === undefined || Array.isArray(content)) return undefined;
  return typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
}

/** The bytes of the first child with that tag. */
export function childBytes(parent: BinaryNode | undefined, tag: string): Buffer | undefined {
  return bytesOf(child(parent, tag));
}

/** Reads a big-endian unsigned integer of at most six bytes. */
export function bigEndian(bytes: Uint8Array | undefined): number | undefined {
  if (!bytes || bytes.length === 0 || bytes.length > 6) return undefined;
  return Buffer.from(bytes).readUIntBE(0, bytes.length);
}
