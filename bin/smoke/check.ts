import type { AccountRepository } from '#core/adapters/dynamodb/account-repository.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { AccountId } from '#core/domain/ids.ts';
import type { Target } from '../keys/target.ts';
import type { ApiCaller } from './api-caller.ts';

/** What came of one look at a deployment. */
export type Verdict =
  | { readonly kind: 'held'; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string }
  /** Not looked at, and why, or how a person looks at it. */
  | { readonly kind: 'open'; readonly detail: string };

export const held = (detail: string): Verdict => ({ kind: 'held', detail });
export const failed = (detail: string): Verdict => ({ kind: 'failed', detail });
export const open = (detail: string): Verdict => ({ kind: 'open', detail });

/** What the checks look at. */
export interface Deployed {
  readonly target: Target;
  /** Calls the API with the key that the run has made. */
  readonly api: ApiCaller;
  readonly accounts: AccountRepository;
  /** Account of this run; it goes with the run. */
  readonly accountId: AccountId;
  /** The one-machine runner, which has no quotas of an account and no metrics of DynamoDB. */
  readonly isLocal: boolean;
  /** Message groups of the order check. */
  readonly groups: number;
  readonly clock: Clock;
}

/** One line of the checklist. */
export interface Check {
  /** What holds when it holds. */
  readonly name: string;
  /** May throw: that is a failure, told with its message. */
  readonly run: (deployed: Deployed) => Promise<Verdict>;
}

/** An output of the stack. @throws Error when it is not there */
export function outputOf({ target }: Deployed, name: string): string {
  const value = target.outputs[name];
  if (!value) throw new Error(`The stack has no output ${name}. Is it a Pombo of this release?`);
  return value;
}
