import * as z from 'zod';
import { TemplateError } from '../template/template-error.ts';

/** Who makes a request. */
export type Caller =
  | {
      readonly kind: 'role';
      /** `arn:aws:iam::<account>:role/<name>` */
      readonly roleArn: string;
      /** `arn:aws:sts::<account>:assumed-role/<name>/<session>`: the role as it is in use. */
      readonly sessionArn: string;
      readonly account: string;
    }
  /** A service of AWS by itself, such as `sns.amazonaws.com`. */
  | { readonly kind: 'service'; readonly service: string }
  /** A request without a signature. */
  | { readonly kind: 'anonymous' };

/** Whom a statement of a resource's policy is about. */
export interface Principals {
  /**
   * `direct`: named itself, or everybody is. `account`: the caller's account is, which in an `Allow` only lets the
   * account's own policies decide.
   */
  match(caller: Caller): 'direct' | 'account' | undefined;
}

const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);

export const PrincipalSchema = z.union([
  z.literal('*').transform(() => ({ AWS: ['*'], Service: [] as string[] })),
  z.strictObject({ AWS: list, Service: list }),
]);
type PrincipalElement = z.output<typeof PrincipalSchema>;

const ACCOUNT = /^(?:(\d{12})|arn:aws:iam::(\d{12}):root)$/;
const IDENTITY = /^arn:aws:(?:iam::\d{12}:(?:role|user)\/[^*?]+|sts::\d{12}:assumed-role\/[^*?]+)$/;
const SERVICE = /^[a-z0-9.-]+\.amazonaws\.com$/;

/** @throws TemplateError on a principal that AWS would refuse: parts of names can't be wildcards */
export function parsePrincipals({ AWS, Service }: PrincipalElement): Principals {
  const wrong =
    AWS.find((name) => name !== '*' && !ACCOUNT.test(name) && !IDENTITY.test(name)) ??
    Service.find((name) => !SERVICE.test(name));
  if (wrong !== undefined) throw new TemplateError(`A policy names the principal "${wrong}", which IAM does not know.`);
  const everybody = AWS.includes('*');
  const accounts = new Set(AWS.map((name) => ACCOUNT.exec(name)).map((found) => found?.[1] ?? found?.[2]));
  return {
    match(caller) {
      if (everybody) return 'direct';
      switch (caller.kind) {
        case 'service':
          return Service.includes(caller.service) ? 'direct' : undefined;
        case 'anonymous':
          return undefined;
        case 'role':
          if (AWS.includes(caller.roleArn) || AWS.includes(caller.sessionArn)) return 'direct';
          return accounts.has(caller.account) ? 'account' : undefined;
      }
    },
  };
}

/**
 * `NotPrincipal`: everybody but those named. AWS asks for the account beside each of its identities in a `Deny`, since
 * the account is denied otherwise and with it everybody in it.
 */
export function parseNotPrincipals(element: PrincipalElement, effect: 'Allow' | 'Deny'): Principals {
  const named = parsePrincipals(element);
  const account = parsePrincipals({ AWS: element.AWS.filter((name) => ACCOUNT.test(name)), Service: [] });
  const identities = parsePrincipals({ ...element, AWS: element.AWS.filter((name) => !ACCOUNT.test(name)) });
  const namesIdentities = element.AWS.some((name) => IDENTITY.test(name));
  const isExempt = (caller: Caller): boolean => {
    if (effect === 'Allow' || caller.kind !== 'role') return named.match(caller) !== undefined;
    if (identities.match(caller) !== undefined) return account.match(caller) !== undefined;
    return !namesIdentities && account.match(caller) !== undefined;
  };
  return { match: (caller) => (isExempt(caller) ? undefined : 'direct') };
}
