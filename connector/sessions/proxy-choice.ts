import type { Proxy } from '../config.ts';

/** The proxy that a session's owner chose, by name. It never goes without the one that it is to go through. */
export class ProxyChoice {
  readonly #proxies: ReadonlyMap<string, Proxy>;
  #name: string | undefined;

  constructor(proxies: ReadonlyMap<string, Proxy>, name: string | undefined) {
    this.#proxies = proxies;
    this.#name = name;
  }

  get name(): string | undefined {
    return this.#name;
  }

  /** For connections from now on. @returns whether that is another one than before */
  choose(name: string | undefined): boolean {
    const changed = name !== this.#name;
    this.#name = name;
    return changed;
  }

  /** It has one that the deployment does not know (any more). */
  get isMissing(): boolean {
    return this.#name !== undefined && !this.#proxies.has(this.#name);
  }

  get chosen(): Proxy | undefined {
    return this.#name === undefined ? undefined : this.#proxies.get(this.#name);
  }
}
