import { styleText } from 'node:util';
import type { Arrival } from './receiver.ts';
import type { Texts } from './texts.ts';
import { type Verdict, verifySignatures } from './verify-signatures.ts';
import { summaryOf, type WebhookSummary } from './webhook-summary.ts';

/** One arrival, judged. */
export interface JudgedArrival extends WebhookSummary {
  readonly atMs: number;
  readonly eventId: string;
  readonly signatures: Verdict;
  /** How often this event has arrived, this time included. */
  readonly attempt: number;
  /** We had said that we have it, and nobody asked for it again. */
  readonly duplicate: boolean;
  /** The replay that sent it again. */
  readonly replay: string | undefined;
  /** HTTP status, 0 without an answer. */
  readonly answered: number;
  /** It had failed before and was taken now. */
  readonly recovered: boolean;
}

/** Events that are remembered to know them again. */
const MOST_EVENTS = 100_000;

const isTaken = (status: number): boolean => status >= 200 && status <= 299;

/** Remembers what has arrived, so that repeats and duplicates are seen. @param secret `whsec_…`, as it is at that time */
export function makeArrivalLog(secret: () => string) {
  const seen = new Map<string, { attempts: number; taken: boolean }>();
  const counts = { arrived: 0, events: 0, duplicates: 0, wrong: 0 };
  return {
    judge(arrival: Arrival): JudgedArrival {
      const eventId = String(arrival.headers['webhook-id'] ?? '');
      const signatures = verifySignatures(secret(), arrival.headers, arrival.body, arrival.atMs);
      const known = seen.get(eventId) ?? { attempts: 0, taken: false };
      const taken = isTaken(arrival.answered);
      const replay = arrival.headers['webhook-replay']?.toString();
      const duplicate = known.taken && replay === undefined;
      const attempt = known.attempts + 1;
      seen.set(eventId, { attempts: attempt, taken: known.taken || taken });
      const [oldest] = seen.keys();
      if (seen.size > MOST_EVENTS && oldest !== undefined) seen.delete(oldest);
      counts.arrived++;
      if (known.attempts === 0) counts.events++;
      if (duplicate) counts.duplicates++;
      if (!signatures.meta || !signatures.standardWebhooks) counts.wrong++;
      return {
        ...summaryOf(arrival.body),
        atMs: arrival.atMs,
        eventId,
        signatures,
        attempt,
        duplicate,
        replay,
        answered: arrival.answered,
        recovered: taken && !known.taken && attempt > 1,
      };
    },
    counts,
  };
}

/** Two lines for a person: what it says; whether it is genuine, which one it is and what we answered. */
export function linesOf(judged: JudgedArrival, texts: Texts): readonly string[] {
  const { kind, session, chat, text, eventId, signatures, attempt, duplicate, replay, answered } = judged;
  const time = styleText('dim', new Date(judged.atMs).toISOString().slice(11, 23));
  const mark = (ok: boolean, name: string): string => styleText(ok ? 'green' : 'red', `${ok ? '✓' : '✗'} ${name}`);
  const result = answered === 0 ? texts.noAnswer : String(answered);
  const where = [session, chat].filter((part) => part !== '').join(kind === 'message' ? ' ← ' : ' → ');
  return [
    [time, styleText('bold', kind), where, text].filter((part) => part !== '').join('  '),
    [
      `  ${mark(signatures.meta, 'X-Hub-Signature-256')}`,
      mark(signatures.standardWebhooks, 'Standard Webhooks'),
      styleText('dim', eventId || '-'),
      `→ ${styleText(isTaken(answered) ? 'green' : 'red', result)}`,
      ...(attempt > 1 && !duplicate && !replay ? [styleText('yellow', texts.attempt(attempt))] : []),
      ...(replay ? [styleText('yellow', `replay ${replay}`)] : []),
      ...(duplicate ? [styleText('yellow', texts.duplicate)] : []),
    ].join('  '),
  ];
}
