/** Longest address that is fetched, characters; what browsers and proxies agree on. */
export const LONGEST_LINK = 2048;

/** Ends of sentences, WhatsApp's own signs for bold, italic and struck text, and closing quotes: not part of an address. */
const TRAILING: ReadonlySet<string> = new Set('.,;:!?\'"*_~’”»');
const BRACKETS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/**
 * The first web address in a text, exactly as it stands there: Meta previews this one. It has to begin with https:// or http://, as at Meta.
 * @returns undefined where there is none, or one that can't be fetched
 */
export function firstLinkOf(text: string): string | undefined {
  const written = /https?:\/\/[^\s<>`]+/i.exec(text)?.[0];
  const link = written && withoutTrail(written);
  return link && link.length <= LONGEST_LINK && isFetchable(link) ? link : undefined;
}

/** A bracket that was opened within the address belongs to it. */
function withoutTrail(written: string): string {
  let link = written;
  for (;;) {
    const last = link.at(-1) ?? '';
    const opening = BRACKETS[last];
    const isOutside = opening !== undefined && countOf(link, opening) < countOf(link, last);
    if (!TRAILING.has(last) && !isOutside) return link;
    link = link.slice(0, -1);
  }
}

const countOf = (text: string, letter: string): number => text.split(letter).length;

function isFetchable(link: string): boolean {
  if (!URL.canParse(link)) return false;
  const { username, password, hostname } = new URL(link);
  return username === '' && password === '' && hostname.includes('.');
}
