import { GraphError } from '#core/domain/graph-error.ts';
import type { GraphRequest } from './graph-route.ts';

/** The body, where clients that write `messaging_product` into the query get it from there. @throws GraphError 100 for a body that is no object */
export function withProduct(request: GraphRequest): object {
  const body = request.body() ?? {};
  if (typeof body !== 'object' || Array.isArray(body)) throw new GraphError(100, 'The body must be an object.');
  const { messaging_product: written } = body as { readonly messaging_product?: unknown };
  const product = request.query.get('messaging_product');
  // What is null in a body counts as left out.
  return product === null || (written !== undefined && written !== null)
    ? body
    : { ...body, messaging_product: product };
}
