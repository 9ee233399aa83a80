import type { PersonFailure } from '#core/contracts/whatsapp-answers.ts';
import { GRAPH_ERRORS, isGraphCode } from '#core/domain/graph-error.ts';
import { canonicalNumber, parsePhoneNumber } from '#core/domain/phone-number.ts';

const NO_PHONE = 'user: must be a phone number with country code.';

/** A person as a request names them. */
interface Named {
  readonly user: string;
}

/** Phone numbers in a request, digits, each once. What is none is left out. */
export const phonesOf = (people: readonly Named[]): string[] => [
  ...new Set(people.flatMap(({ user }) => parsePhoneNumber(user) ?? [])),
];

/** Answers for each person of a request, in its order: with whom it worked, and why it did not with the others. */
export function toldPeople(
  people: readonly Named[],
  {
    done,
    failed,
  }: {
    readonly done: readonly { readonly phone: string; readonly waId: string }[];
    readonly failed: readonly PersonFailure[];
  },
) {
  const waIds = new Map(done.map(({ phone, waId }) => [phone, canonicalNumber(waId)]));
  const failures = new Map(failed.map((failure) => [failure.phone, failure]));
  const written = people.map(({ user }) => ({ input: user, phone: parsePhoneNumber(user) ?? '' }));
  const users = written.flatMap(({ input, phone }) => {
    const waId = waIds.get(phone);
    return waId === undefined ? [] : [{ input, wa_id: waId }];
  });
  const failedUsers = written
    .filter(({ phone }) => !waIds.has(phone))
    .map(({ input, phone }) => failedUser(input, failures.get(phone)));
  return { users, failedUsers };
}

/** @param failure undefined: it is no phone number */
function failedUser(input: string, failure: PersonFailure | undefined) {
  const { code, details } = failure ?? { code: 131009, details: NO_PHONE };
  const message = isGraphCode(code) ? GRAPH_ERRORS[code].title : GRAPH_ERRORS[131000].title;
  return { input, errors: [{ code, message, error_data: { details } }] };
}
