import type { CacheStore } from '@whiskeysockets/baileys';

/** A cache that forgets its oldest entries instead of its newest ones when it is full. */
export function makeMemoryCache(maxEntries: number): CacheStore {
  const entries = new Map<string, unknown>();
  return {
    get: ((key: string) => entries.get(key)) as CacheStore['get'],
    set(key: string, value: unknown): void {
      entries.delete(key);
      entries.set(key, value);
      const oldest = entries.size > maxEntries ? entries.keys().next() : undefined;
      if (oldest && !oldest.done) entries.delete(oldest.value);
    },
    del: (key) => void entries.delete(key),
    flushAll: () => entries.clear(),
  };
}
