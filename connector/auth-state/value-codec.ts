import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { PACKING_DICTIONARY } from './packing-dictionary.ts';

/**
 * Values of the ledger as text and as binary attributes. First byte: the format, so that another one can be read beside it
 * one day. JSON with bytes as base64 is deflated: base64 of keys packs back to about its raw size, and what all records have
 * in common is in a dictionary, so that a session record with the sessions that it keeps stays under 1 KB, the unit that
 * DynamoDB bills (D7).
 */
const FORMAT = { plainJson: 1, deflatedJson: 2, deflatedWithDictionary: 3 } as const;

/** Below this size deflate does not pay for its header, bytes. */
const DEFLATE_FROM_BYTES = 96;
/** zlib allocates so much at a time, bytes: by default 16 KB for rows of which nearly all are below one. */
const CHUNK_BYTES = 2048;
const WITH_DICTIONARY = { dictionary: PACKING_DICTIONARY, chunkSize: CHUNK_BYTES };
const BYTES_KEY = '$bytes';
const ESCAPE_KEY = '$value';
const MARKED = /"\$(bytes|value)"/;

/** Any tree of JSON values and byte arrays as JSON; the same tree gives the same text. */
export const textOf = (value: unknown): string => JSON.stringify(toJson(value));

/** The tree that `textOf` was given; byte arrays come back as Buffers. */
export function valueOf(text: string): unknown {
  const json: unknown = JSON.parse(text);
  return MARKED.test(text) ? fromJson(json) : json;
}

/** Packs text for the table. */
export function pack(text: string): Uint8Array {
  const json = Buffer.from(text);
  if (json.length < DEFLATE_FROM_BYTES) return Buffer.concat([Buffer.from([FORMAT.plainJson]), json]);
  const deflated = deflateRawSync(json, WITH_DICTIONARY);
  return Buffer.concat([Buffer.from([FORMAT.deflatedWithDictionary]), deflated]);
}

/** Unpacks what `pack` made, also before the dictionary. @throws Error for an unknown format */
export function unpack(bytes: Uint8Array): string {
  const body = bytes.subarray(1);
  if (bytes[0] === FORMAT.plainJson) return Buffer.from(body).toString('utf8');
  if (bytes[0] === FORMAT.deflatedJson) return inflateRawSync(body).toString('utf8');
  if (bytes[0] === FORMAT.deflatedWithDictionary) {
    return inflateRawSync(body, WITH_DICTIONARY).toString('utf8');
  }
  throw new Error(`Unknown format ${String(bytes[0])} of a value in the ledger.`);
}

function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return { [BYTES_KEY]: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(toJson);
  if (value === null || typeof value !== 'object') return value;
  if (isLong(value)) return value.high * 2 ** 32 + (value.low >>> 0);
  const entries = Object.entries(value).map(([key, member]) => [key, toJson(member)] as const);
  const plain = Object.fromEntries(entries);
  return BYTES_KEY in plain || ESCAPE_KEY in plain ? { [ESCAPE_KEY]: plain } : plain;
}

function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (value === null || typeof value !== 'object') return value;
  if (BYTES_KEY in value && typeof value[BYTES_KEY] === 'string') return Buffer.from(value[BYTES_KEY], 'base64');
  const tree = ESCAPE_KEY in value ? (value[ESCAPE_KEY] as object) : value;
  return Object.fromEntries(Object.entries(tree).map(([key, member]) => [key, fromJson(member)]));
}

/** 64-bit integers of protobuf.js; those that are stored are times, far below 2^53. */
const isLong = (value: object): value is { readonly low: number; readonly high: number } =>
  'low' in value && 'high' in value && 'unsigned' in value;
