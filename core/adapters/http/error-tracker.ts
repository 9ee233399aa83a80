import type { Clock } from '../../domain/clock.ts';
import type { RandomBytes } from '../../domain/ids.ts';
import { makeGuardedHttpClient } from './guarded-http-client.ts';

/** Names of fields of a log line that say which case it was, without saying who. */
const TAGS = ['accountId', 'sessionUid', 'traceId', 'eventId', 'requestId', 'dependency'] as const;

/** An unexpected error on its way to an error tracker. */
export interface ErrorReport {
  /** Constant sentence of the log line. */
  readonly sentence: string;
  readonly error: Error;
  /** Fields of the log line; only ids are taken from them. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Tells an error tracker that speaks Sentry's protocol of unexpected errors. */
export interface ErrorTracker {
  /** Begins to send. Never throws: a tracker that does not answer is no second error. */
  readonly report: (report: ErrorReport) => void;
  /** Resolves when everything reported so far has been answered or given up, within two seconds. */
  settled(): Promise<void>;
}

export interface ErrorTrackerOptions {
  /** `https://<public key>@<host>/<project>` */
  readonly dsn: URL;
  /** Which program: `api`, `connector` … */
  readonly service: string;
  readonly version: string;
  /** CIDRs that may be reached although they are private: a tracker of one's own. */
  readonly privateTargets: readonly string[];
  readonly clock: Clock;
  readonly random: RandomBytes;
}

const TIMEOUT_MS = 2000;
/** A storm of one error says no more than its first drops, and each costs a request. */
const MOST_A_MINUTE = 10;
const MINUTE_MS = 60_000;
const EVENT_ID_BYTES = 16;
const FRAMES = 20;

/**
 * What leaves is the error's type, its code, the frames of its stack, the constant sentence of the log line and ids of ours. Its
 * message stays: a parser's message quotes what it could not read, and that may be somebody's text or number.
 */
export function makeErrorTracker(options: ErrorTrackerOptions): ErrorTracker {
  const { clock, dsn } = options;
  const http = makeGuardedHttpClient(options);
  const sending = new Set<Promise<void>>();
  let minute = { startedMs: clock.monotonic(), count: 0 };

  const mayReport = (): boolean => {
    if (clock.monotonic() - minute.startedMs >= MINUTE_MS) minute = { startedMs: clock.monotonic(), count: 0 };
    minute.count += 1;
    return minute.count <= MOST_A_MINUTE;
  };
  const send = async (report: ErrorReport): Promise<void> => {
    try {
      await http.post({
        url: envelopeUrl(dsn),
        headers: {
          'content-type': 'application/x-sentry-envelope',
          'x-sentry-auth': `Sentry sentry_version=7, sentry_client=pombo/${options.version}, sentry_key=${dsn.username}`,
        },
        body: envelopeOf(report, options),
        timeoutMs: TIMEOUT_MS,
      });
    } catch {
      // The error is in the log in any case, and a report about the report would be the next to fail.
    }
  };

  return {
    report(report) {
      if (!mayReport()) return;
      const sent = send(report).finally(() => sending.delete(sent));
      sending.add(sent);
    },
    async settled() {
      await Promise.all(sending);
    },
  };
}

/** `https://key@host/path/42` → `https://host/path/api/42/envelope/` */
function envelopeUrl({ protocol, host, pathname }: URL): string {
  const slash = pathname.lastIndexOf('/');
  return `${protocol}//${host}${pathname.slice(0, slash)}/api/${pathname.slice(slash + 1)}/envelope/`;
}

/** Three lines of JSON: the envelope's header, the item's header, the event. */
function envelopeOf(report: ErrorReport, options: ErrorTrackerOptions): string {
  const event_id = Buffer.from(options.random(EVENT_ID_BYTES)).toString('hex');
  const nowMs = options.clock.now();
  const event = {
    event_id,
    timestamp: nowMs / 1000,
    platform: 'node',
    level: 'error',
    logger: options.service,
    release: `pombo@${options.version}`,
    tags: { service: options.service, ...tagsOf(report) },
    exception: {
      values: [
        { type: report.error.name, value: report.sentence, stacktrace: { frames: framesOf(report.error.stack ?? '') } },
      ],
    },
  };
  const lines = [{ event_id, sent_at: new Date(nowMs).toISOString() }, { type: 'event' }, event];
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

function tagsOf({ error, fields }: ErrorReport): Record<string, string> {
  const code: unknown = 'code' in error ? error.code : undefined;
  const entries: [string, unknown][] = [['code', code], ...TAGS.map((name): [string, unknown] => [name, fields[name]])];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

interface Frame {
  readonly function: string;
  readonly filename: string;
  readonly lineno: number;
  readonly colno: number;
}

/** `at fn (file:line:column)` and `at file:line:column`. */
const FRAME = /^\s*at (?:(?<name>.+?) \()?(?<file>[^()\s]+):(?<line>\d+):(?<column>\d+)\)?$/;

/** Frames of V8's stack, the outermost first, as the protocol wants them. */
function framesOf(stack: string): Frame[] {
  const frames = stack.split('\n').flatMap((line) => {
    const groups = FRAME.exec(line)?.groups;
    if (!groups) return [];
    const { name = '?', file = '', line: lineno, column } = groups;
    return [{ function: name, filename: file, lineno: Number(lineno), colno: Number(column) }];
  });
  return frames.slice(0, FRAMES).toReversed();
}
