import { sleep } from '#core/domain/clock.ts';
import type { Json } from './json.ts';
import { StatesError } from './states-error.ts';
import type { Strand } from './strand.ts';

/** What SendTaskSuccess or SendTaskFailure said. */
export type TaskAnswer =
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly error: string; readonly cause?: string | undefined };

const PREFIX = 'pombo-task-';

/** A token that is never given twice. */
export function newTaskToken(uuid: () => string): string {
  return Buffer.from(`${PREFIX}${uuid()}`).toString('base64');
}

/** Whether a string can be a token of ours, known or not any more. */
export function looksLikeTaskToken(token: string): boolean {
  return Buffer.from(token, 'base64').toString().startsWith(PREFIX);
}

/**
 * Waits for the answer to the strand's token.
 *
 * @throws StatesError States.Timeout, States.HeartbeatTimeout, or the error of SendTaskFailure
 * @throws Interrupted
 */
export async function awaitAnswer(strand: Strand): Promise<Json> {
  const { row, engine } = strand;
  for (;;) {
    if (row.answer !== null) return readAnswer(JSON.parse(row.answer) as TaskAnswer);
    const nowMs = engine.clock.now();
    if (row.deadlineMs !== null && row.deadlineMs <= nowMs) throw new StatesError('States.Timeout');
    if (row.heartbeatMs !== null && row.heartbeatMs <= nowMs) throw new StatesError('States.HeartbeatTimeout');
    const dueMs = Math.min(row.deadlineMs ?? Infinity, row.heartbeatMs ?? Infinity);
    await strand.idleWhile(callbackOr(strand, dueMs - nowMs));
    strand.signal.throwIfAborted();
  }
}

function readAnswer(answer: TaskAnswer): Json {
  if (answer.ok) return answer.output;
  throw new StatesError(answer.error, answer.cause);
}

/** Resolves when the token is used, the time is over or the strand is interrupted. */
async function callbackOr(strand: Strand, delayMs: number): Promise<void> {
  const heard = new AbortController();
  strand.onCallback = () => heard.abort();
  const signal = AbortSignal.any([strand.signal, heard.signal]);
  try {
    if (Number.isFinite(delayMs)) return await sleep(strand.engine.clock, delayMs, signal);
    await new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    strand.onCallback = undefined;
  }
}
