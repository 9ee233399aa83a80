import { withoutEntities } from './entities.ts';

/** What a page says of itself to those who link to it. */
export interface PageHead {
  readonly title?: string;
  readonly description?: string;
  /** As the page writes it. */
  readonly image?: string;
}

/** Elements whose content is text, whatever it looks like. */
const TEXT_ELEMENTS: ReadonlySet<string> = new Set(['script', 'style', 'title', 'textarea', 'noscript', 'template']);
/** Longest tag that is read, characters: an og:image may be a long address. */
const LONGEST_TAG = 8192;
/** Longest that is shown, characters. */
const LONGEST = { title: 150, description: 300 } as const;

/** What each may be said by, the best first (ogp.me; Twitter's own names; HTML's). */
const TITLES = ['og:title', 'twitter:title', 'title'] as const;
const DESCRIPTIONS = ['og:description', 'twitter:description', 'description'] as const;
const IMAGES = ['og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image'] as const;

/**
 * Reads title, description and picture out of the beginning of a page, in one pass: it may be cut off anywhere, and be no HTML at all.
 * What stands in comments and scripts is not taken for tags.
 */
export function readPageHead(html: string): PageHead {
  const said = saidBy(html);
  const first = (names: readonly string[]): string | undefined => names.map((name) => said.get(name)).find(Boolean);
  const title = shown(first(TITLES), LONGEST.title);
  const description = shown(first(DESCRIPTIONS), LONGEST.description);
  const image = first(IMAGES);
  return { ...(title && { title }), ...(description && { description }), ...(image && { image }) };
}

/** Content of the first meta of each name, and the title. */
function saidBy(html: string): ReadonlyMap<string, string> {
  const said = new Map<string, string>();
  const note = (name: string, text: string): void => {
    if (text.trim() !== '' && !said.has(name)) said.set(name, text.trim());
  };
  for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at)) {
    if (html.startsWith('<!--', at)) {
      at = endOf(html, '-->', at);
      continue;
    }
    const tag = tagAt(html, at);
    at += tag.length;
    if (tag.name === 'body' || tag.name === '/head') break;
    if (tag.name === 'meta') {
      const { property, name, content = '' } = attributesOf(tag.text);
      note((property ?? name ?? '').toLowerCase(), content);
    }
    if (!TEXT_ELEMENTS.has(tag.name)) continue;
    const end = indexOfEnd(html, tag.name, at);
    if (tag.name === 'title') note('title', withoutEntities(html.slice(at, end)));
    at = end;
  }
  return said;
}

interface Tag {
  /** Lower case; with its slash for one that closes. */
  readonly name: string;
  /** What stands between the name and the end. */
  readonly text: string;
  /** Characters of all of it. */
  readonly length: number;
}

const NAME = /<(\/?[a-zA-Z][a-zA-Z\d-]{0,30})/y;

function tagAt(html: string, at: number): Tag {
  NAME.lastIndex = at;
  const name = NAME.exec(html)?.[1];
  if (name === undefined) return { name: '', text: '', length: 1 };
  let quote = '';
  const from = at + 1 + name.length;
  let end = from;
  for (; end < html.length && end - from < LONGEST_TAG; end++) {
    const letter = html[end] ?? '';
    if (quote !== '') quote = letter === quote ? '' : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '>') break;
  }
  return { name: name.toLowerCase(), text: html.slice(from, end), length: end + 1 - at };
}

const ATTRIBUTE = /([^\s"'=<>/]{1,60})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+))/g;

function attributesOf(text: string): Readonly<Record<string, string | undefined>> {
  const found = [...text.matchAll(ATTRIBUTE)].map(([, name = '', double, single, bare]) => [
    name.toLowerCase(),
    withoutEntities(double ?? single ?? bare ?? ''),
  ]);
  return Object.fromEntries(found) as Record<string, string>;
}

/** Where what is looked for ends; the end of the page if it does not come. */
function endOf(html: string, wanted: string, from: number): number {
  const at = html.indexOf(wanted, from);
  return at === -1 ? html.length : at + wanted.length;
}

function indexOfEnd(html: string, name: string, from: number): number {
  const end = new RegExp(`</${name}`, 'gi');
  end.lastIndex = from;
  return end.exec(html)?.index ?? html.length;
}

/** One line, nothing in it that does not show. */
function shown(text: string | undefined, longest: number): string | undefined {
  const line = text
    ?.toWellFormed()
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim();
  if (!line) return undefined;
  const letters = Array.from(line);
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : line;
}
