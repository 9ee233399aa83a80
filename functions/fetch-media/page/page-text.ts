/** Of what a page says of its own letters only this much is read, bytes (HTML Standard, 13.2.3.2). */
const DECLARED_WITHIN = 1024;

/** Reads the bytes of a page as its answer, or the page itself, says; as UTF-8 if none does. */
export function pageTextOf(bytes: Buffer, contentType: string): string {
  const beginning = bytes.toString('latin1', 0, DECLARED_WITHIN);
  const label = charsetIn(contentType) ?? charsetIn(beginning) ?? 'utf-8';
  try {
    return new TextDecoder(label).decode(bytes);
  } catch (error) {
    // A name that nobody knows.
    if (error instanceof RangeError) return bytes.toString();
    throw error;
  }
}

const charsetIn = (text: string): string | undefined => /charset\s{0,5}=\s{0,5}["']?([\w-]{1,40})/i.exec(text)?.[1];
