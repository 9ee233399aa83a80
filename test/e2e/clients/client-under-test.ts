import type { ClientEars } from './client-receiver.ts';
import type { World } from './world.ts';

/** Does what one method of a client says. Rejects if Pombo refuses it, or the person's phone shows something else. */
export type Attempt = (world: World) => Promise<void>;

/** A client of Meta's API, as its package is. */
export interface ClientUnderTest {
  /** Its package on npm. */
  readonly name: string;
  /** All that the package offers, read from itself: `messages.sendText`, `createMessage text`. A new release may have more. */
  readonly offered: () => readonly string[];
  /** What is tried, by the name that `offered` has. */
  readonly attempts: Readonly<Record<string, Attempt>>;
  readonly ears: ClientEars;
  /** Subscribes its receiver with a method of its own. @returns the secret. Undefined: it has none */
  readonly subscribe?: (world: World) => Promise<string>;
  /** What is not about messages, media, templates or webhooks, by name or by the part before the dot. */
  readonly elsewhere: readonly string[];
}

/** The methods of an object's class. */
export function methodsOf(value: object): readonly string[] {
  const { prototype } = value.constructor as { readonly prototype: object };
  return Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
}

/** The methods of each part of a client, settings aside: `messages.sendText`. */
export const methodsOfParts = (client: object): readonly string[] =>
  Object.entries(client).flatMap(([part, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? methodsOf(value).map((name) => `${part}.${name}`) : [],
  );
