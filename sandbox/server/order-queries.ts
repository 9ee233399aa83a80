import type { BinaryNode } from '../wire/node.ts';
import { child, childBytes, node } from '../wire/node.ts';
import type { ServerContext } from './server-context.ts';

const THOUSANDTHS = 1000;

/** `fb:thrift_iq`: the products of an order, for whoever has its token. @returns undefined for any other question */
export function answerOrderQuery({ orders }: ServerContext, iq: BinaryNode): BinaryNode[] | undefined {
  const order = child(iq, 'order');
  if (!order) return undefined;
  const cart = orders.find(order.attrs['id'] ?? '', childBytes(order, 'token')?.toString('utf8') ?? '');
  if (!cart) return [node('error', { code: 404, text: 'item-not-found' })];
  const money = (amount: number): Buffer => Buffer.from(String(Math.round(amount * THOUSANDTHS)));
  const text = (tag: string, content: string): BinaryNode => node(tag, {}, Buffer.from(content));
  const products = cart.items.map(({ id, name, price, quantity }) =>
    node('product', {}, [
      text('id', id),
      text('name', name),
      node('price', {}, money(price)),
      text('currency', cart.currency),
      text('quantity', String(quantity)),
    ]),
  );
  const total = cart.items.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
  const price = node('price', {}, [node('total', {}, money(total)), text('currency', cart.currency)]);
  return [node('order', { id: cart.id }, [...products, price])];
}
