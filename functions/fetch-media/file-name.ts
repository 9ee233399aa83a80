/** Longest name of a file, characters: what file systems take. */
const LONGEST_NAME = 240;

/** The name of a fetched file: as its server says it, else the last word of its address; undefined where neither is one. */
export function fileNameOf(disposition: string | undefined, link: string): string | undefined {
  return cleaned(saidBy(disposition ?? '')) ?? cleaned(decoded(new URL(link).pathname.split('/').pop() ?? ''));
}

function saidBy(disposition: string): string | undefined {
  const encoded = /;\s*filename\*=UTF-8''([^\s;]+)/i.exec(disposition)?.[1];
  const plain = /;\s*filename=(?:"([^"]*)"|([^\s;"]+))/i.exec(disposition);
  return encoded === undefined ? (plain?.[1] ?? plain?.[2]) : decoded(encoded);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A name is no path, and has nothing in it that does not show. */
function cleaned(name: string | undefined): string | undefined {
  const last = name?.split(/[/\\]/).pop() ?? '';
  const shown = last.toWellFormed().replaceAll(/\p{C}/gu, '').trim().slice(0, LONGEST_NAME);
  return shown === '' || /^\.+$/.test(shown) ? undefined : shown;
}
