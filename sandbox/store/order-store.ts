import type { DatabaseSync } from 'node:sqlite';
import type { Cart } from '../phones/writing/order.ts';
import { prepared } from './database.ts';

/** Carts that people have sent, as the server keeps them for whoever has an order's token. */
export class OrderStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @param token base64, as the message carries it */
  save(token: string, cart: Cart): void {
    prepared(this.#database, 'INSERT OR REPLACE INTO orders VALUES (?, ?, ?)').run(
      cart.id,
      token,
      JSON.stringify(cart),
    );
  }

  find(id: string, token: string): Cart | undefined {
    const row = prepared(this.#database, 'SELECT body FROM orders WHERE id = ? AND token = ?').get(id, token);
    return row && (JSON.parse(String(row['body'])) as Cart);
  }
}
