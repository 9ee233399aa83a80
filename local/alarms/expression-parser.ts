/** A metric math expression, parsed. */
export type Expression =
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'reference'; readonly id: string }
  | { readonly type: 'list'; readonly items: readonly Expression[] }
  | { readonly type: 'negation'; readonly operand: Expression }
  | {
      readonly type: 'operation';
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly type: 'call'; readonly name: string; readonly parameters: readonly Expression[] };

export type Operator = '+' | '-' | '*' | '/' | '<' | '<=' | '>' | '>=' | '==' | '!=';

/** An expression that CloudWatch would refuse, or that is not computed on one machine; the message is a sentence. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** By binding strength, weakest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['<=', '>=', '==', '!=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
];
const TOKEN = /\s*(?:(\d+(?:\.\d+)?|\.\d+)|([A-Za-z]\w*)|(<=|>=|==|!=|[-+*/<>()[\],]))/y;

interface Token {
  readonly kind: 'number' | 'word' | 'sign';
  readonly text: string;
}

/**
 * Parses a metric math expression: numbers, ids, `+ - * /`, comparisons, lists and functions.
 * @throws ExpressionError
 */
export function parseExpression(text: string): Expression {
  return new Parser(text, tokensOf(text)).whole();
}

function tokensOf(text: string): Token[] {
  const source = text.trimEnd();
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < source.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const [, number, word, sign] = TOKEN.exec(source) ?? [];
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else throw new ExpressionError(`"${text}" can't be read from "${source.slice(at).trim()}" on.`);
  }
  return tokens;
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#level(0);
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return expression;
  }

  #level(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    let left = this.#level(level + 1);
    for (let sign = this.#sign(operators); sign !== undefined; sign = this.#sign(operators))
      left = { type: 'operation', operator: sign as Operator, left, right: this.#level(level + 1) };
    return left;
  }

  #unary(): Expression {
    return this.#sign(['-']) === undefined ? this.#primary() : { type: 'negation', operand: this.#unary() };
  }

  #primary(): Expression {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'number') {
      this.#at += 1;
      return { type: 'number', value: Number(token.text) };
    }
    if (token?.kind === 'word') {
      this.#at += 1;
      if (this.#sign(['(']) === undefined) return { type: 'reference', id: token.text };
      return { type: 'call', name: token.text, parameters: this.#items(')') };
    }
    if (this.#sign(['[']) !== undefined) return { type: 'list', items: this.#items(']') };
    if (this.#sign(['(']) === undefined) throw this.#unexpected();
    const inner = this.#level(0);
    if (this.#sign([')']) === undefined) throw this.#unexpected();
    return inner;
  }

  /** Expressions up to `end`, which is taken. */
  #items(end: string): Expression[] {
    if (this.#sign([end]) !== undefined) return [];
    const items = [this.#level(0)];
    while (this.#sign([',']) !== undefined) items.push(this.#level(0));
    if (this.#sign([end]) === undefined) throw this.#unexpected();
    return items;
  }

  /** Takes the next token if it is one of these signs. */
  #sign(signs: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || !signs.includes(token.text)) return undefined;
    this.#at += 1;
    return token.text;
  }

  #unexpected(): ExpressionError {
    const token = this.#tokens[this.#at];
    const what = token ? `"${token.text}" is not expected there` : 'something is missing at its end';
    return new ExpressionError(`"${this.#text}" can't be read: ${what}.`);
  }
}
