import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { AwsCall, AwsService } from './aws-server.ts';
import { AwsError, readBody } from './json-protocol.ts';

/** A parameter of the query protocol: text, a list (`member`), a map (`entry`) or a structure. */
export type QueryValue = string | QueryValue[] | { [name: string]: QueryValue };
export type QueryInput = Readonly<Record<string, QueryValue>>;

/** What an action returns: text and numbers, lists, structures. A `Map` is written as `entry` elements. */
export type QueryOutput =
  | string
  | number
  | boolean
  | undefined
  | readonly QueryOutput[]
  | ReadonlyMap<string, string>
  | { readonly [name: string]: QueryOutput };

export type QueryAction = (input: QueryInput, call: AwsCall) => QueryOutput | Promise<QueryOutput>;

export interface QueryProtocolOptions {
  /** XML namespace of the answers, such as `http://sns.amazonaws.com/doc/2010-03-31/`. */
  readonly namespace: string;
  readonly actions: Readonly<Record<string, QueryAction>>;
  /** Refuses bodies above this many bytes before they are parsed. */
  readonly maxBodyBytes?: number;
}

/** Speaks AWS's query protocol (form in, XML out) for a table of actions. */
export function queryProtocol(options: QueryProtocolOptions): AwsService {
  return {
    async handle(request, response, call) {
      try {
        const body = await readBody(request, options.maxBodyBytes ?? Number.POSITIVE_INFINITY);
        const { Action: name, ...input } = parseQuery(body.toString('utf8'));
        const action =
          typeof name === 'string' && Object.hasOwn(options.actions, name) ? options.actions[name] : undefined;
        if (typeof name !== 'string' || !action) {
          throw new AwsError('InvalidAction', `The action ${JSON.stringify(name)} is not valid for this endpoint.`);
        }
        const output = await action(input, call);
        const result = output === undefined ? '' : element(`${name}Result`, output);
        const metadata = element('ResponseMetadata', { RequestId: randomUUID() });
        send(response, 200, `<${name}Response xmlns="${options.namespace}">${result}${metadata}</${name}Response>`);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const fault = { Type: error.status >= 500 ? 'Receiver' : 'Sender', Code: error.code, Message: error.message };
        const content = element('Error', fault) + element('RequestId', randomUUID());
        send(response, error.status, `<ErrorResponse xmlns="${options.namespace}">${content}</ErrorResponse>`);
      }
    },
  };
}

type Tree = { [name: string]: Tree | string };

/** Deepest name that AWS's query APIs have, with room to spare. */
const MAX_DEPTH = 12;

/**
 * Turns `A.entry.1.key=x&A.entry.1.value=y&B.member.1.C=z` into `{A: {x: 'y'}, B: [{C: 'z'}]}`.
 * @throws AwsError MalformedInput
 */
export function parseQuery(body: string): Record<string, QueryValue> {
  const root = Object.create(null) as Tree;
  for (const [path, value] of new URLSearchParams(body)) {
    const names = path.split('.');
    if (names.length > MAX_DEPTH) throw new AwsError('MalformedInput', 'A parameter is nested too deeply.');
    plant(root, names, value);
  }
  return Object.fromEntries(Object.entries(root).map(([name, tree]) => [name, shape(tree)]));
}

function plant(tree: Tree, [name = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const below = tree[name];
  const branch = typeof below === 'object' ? below : (Object.create(null) as Tree);
  tree[name] = branch;
  plant(branch, rest, value);
}

function shape(tree: Tree | string): QueryValue {
  if (typeof tree === 'string') return tree;
  const names = Object.keys(tree);
  const [only] = names;
  const below = only === undefined ? undefined : tree[only];
  if (names.length === 1 && typeof below === 'object') {
    if (only === 'member') return items(below).map(shape);
    if (only === 'entry') return Object.fromEntries(items(below).map(mapEntry));
  }
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, shape(value)]));
}

/** Members of `{1: …, 2: …}`; JavaScript keeps whole numbers in order. */
function items(tree: Tree): (Tree | string)[] {
  return Object.values(tree);
}

function mapEntry(entry: Tree | string): [string, QueryValue] {
  if (typeof entry === 'string') throw new AwsError('MalformedInput', 'A map needs keys and values.');
  const key = entry['key'] ?? entry['Name'];
  const value = entry['value'] ?? entry['Value'] ?? '';
  if (typeof key !== 'string') throw new AwsError('MalformedInput', 'A map needs keys and values.');
  return [key, shape(value)];
}

function element(name: string, value: QueryOutput): string {
  return value === undefined ? '' : `<${name}>${content(value)}</${name}>`;
}

function content(value: Exclude<QueryOutput, undefined>): string {
  if (typeof value !== 'object') return escapeXml(String(value));
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, string>)];
    return entries.map(([key, text]) => element('entry', { key, value: text })).join('');
  }
  if (Array.isArray(value)) return (value as readonly QueryOutput[]).map((item) => element('member', item)).join('');
  return Object.entries(value)
    .map(([name, item]) => element(name, item as QueryOutput))
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"\r]/g, (character) => ENTITIES[character] ?? character);
}

function send(response: ServerResponse, status: number, xml: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'text/xml' });
  response.end(xml);
}
