/** One field of a form. */
export interface FormPart {
  readonly name: string;
  /** Of a file. */
  readonly fileName: string | undefined;
  /** As it was sent, with its parameters. */
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
}

/** Fields of one form; more are no upload. */
const MOST_PARTS = 20;
/** Of all headers of one part, bytes. */
const MOST_HEADER_BYTES = 4096;

const CRLF = Buffer.from('\r\n');
const BLANK_LINE = Buffer.from('\r\n\r\n');

/** The boundary of a `Content-Type`; undefined if it is no multipart form. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const found = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
    contentType ?? '',
  );
  return found?.[1] ?? found?.[2];
}

/**
 * Reads a whole form (RFC 7578). The files in it are slices of the body, not copies.
 * @returns undefined for what is no form of that boundary
 */
export function readMultipartForm(body: Buffer, boundary: string): readonly FormPart[] | undefined {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const first = Buffer.from(`--${boundary}`);
  // What comes before the first delimiter means nothing (RFC 2046).
  let at = body.subarray(0, first.length).equals(first) ? first.length : endOf(body, delimiter, 0);
  const parts: FormPart[] = [];
  while (at !== undefined && parts.length <= MOST_PARTS) {
    if (body.subarray(at, at + 2).toString('latin1') === '--') return parts;
    const headersAt = endOf(body, CRLF, at);
    const bytesAt = headersAt === undefined ? undefined : endOf(body, BLANK_LINE, headersAt - CRLF.length);
    if (headersAt === undefined || bytesAt === undefined || bytesAt - headersAt > MOST_HEADER_BYTES) return undefined;
    const end = body.indexOf(delimiter, bytesAt - CRLF.length);
    if (end === -1) return undefined;
    const part = partOf(
      body.subarray(headersAt, bytesAt).toString('utf8'),
      body.subarray(bytesAt, Math.max(bytesAt, end)),
    );
    if (!part) return undefined;
    parts.push(part);
    at = end + delimiter.length;
  }
  return undefined;
}

/** Where what follows `wanted` begins. */
function endOf(body: Buffer, wanted: Buffer, from: number): number | undefined {
  const found = body.indexOf(wanted, from);
  return found === -1 ? undefined : found + wanted.length;
}

function partOf(headers: string, bytes: Buffer): FormPart | undefined {
  const disposition = headerOf(headers, 'content-disposition') ?? '';
  const name = parameterOf(disposition, 'name');
  if (!/^form-data\s*;/i.test(disposition) || name === undefined) return undefined;
  return {
    name,
    fileName: extendedParameterOf(disposition, 'filename') ?? parameterOf(disposition, 'filename'),
    contentType: headerOf(headers, 'content-type'),
    bytes,
  };
}

const headerOf = (headers: string, name: string): string | undefined =>
  new RegExp(`^${name}[ \\t]*:[ \\t]*(.*?)[ \\t]*\\r?$`, 'im').exec(headers)?.[1] || undefined;

/** Quotation marks come as `\"` or, from browsers, as `%22`. */
function parameterOf(header: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(header);
  return found?.[1]?.replaceAll(/\\(.)/g, '$1').replaceAll(/%22/g, '"') ?? found?.[2];
}

/** RFC 5987, which some clients send: `filename*=UTF-8''a%20b`. */
function extendedParameterOf(header: string, name: string): string | undefined {
  const encoded = new RegExp(`;\\s*${name}\\*=UTF-8''([^\\s;]+)`, 'i').exec(header)?.[1];
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
