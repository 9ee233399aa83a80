import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SendMessageCommand } from '#core/contracts/outbound-command.ts';
import type { Disposition } from '../../../connector/outbound/command-lanes.ts';
import { accepted, command, OutboxBed } from './outbox-bed.ts';

const CHATS = 2;

type Step =
  | {
      readonly type: 'accept';
      readonly chat: number;
      readonly count: number;
      readonly lives: 'short' | 'long';
      readonly later: boolean;
    }
  /** Turns of the event loop that the tables and WhatsApp take from here on, and before the next step. */
  | { readonly type: 'pace'; readonly tables: number; readonly whatsapp: number; readonly steps: number }
  | { readonly type: 'open' | 'close' | 'kill' | 'tick' }
  /** The line breaks at the next message, whose acknowledgement is lost. */
  | { readonly type: 'break' }
  /** The next command that is done is not deleted, so it comes again. */
  | { readonly type: 'keep' };

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('accept' as const),
        chat: fc.nat(CHATS - 1),
        count: fc.integer({ min: 1, max: 4 }),
        lives: fc.oneof({ weight: 5, arbitrary: fc.constant('long' as const) }, fc.constant('short' as const)),
        later: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
      }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('open' as const, 'close' as const) }) },
    fc.record({ type: fc.constantFrom('kill' as const, 'break' as const, 'keep' as const, 'tick' as const) }),
    fc.record({ type: fc.constant('pace' as const), tables: fc.nat(3), whatsapp: fc.nat(6), steps: fc.nat(12) }),
  ),
  { maxLength: 40, size: 'max' },
);

const accept = (count: number, rest: { readonly later?: boolean; readonly lives?: 'short' } = {}): Step => ({
  type: 'accept',
  chat: 0,
  count,
  lives: 'long',
  later: false,
  ...rest,
});
const step = (type: 'open' | 'close' | 'kill' | 'tick'): Step => ({ type });

/** After each of these a message left that its row said WhatsApp had: the next process looked at another one only. */
const ONCE_DOUBLED: readonly Step[][] = [
  // The line was gone when it had looked.
  [
    step('close'),
    accept(2),
    step('open'),
    accept(1),
    accept(1),
    step('kill'),

    { type: 'pace', tables: 0, whatsapp: 0, steps: 0 },
    step('open'),
    step('open'),
    step('open'),
    step('close'),
  ],
  // One of a later time had come before it.
  [
    accept(1, { later: true }),
    step('tick'),
    step('close'),
    accept(1),
    { type: 'pace', tables: 0, whatsapp: 0, steps: 1 },
    step('open'),
    step('kill'),
    step('tick'),
  ],
  [
    step('close'),
    accept(1, { later: true }),
    step('tick'),
    accept(2, { lives: 'short' }),
    step('open'),
    accept(1, { later: true }),
    accept(1),
    step('kill'),
    step('tick'),
  ],
];

interface Waiting {
  readonly command: SendMessageCommand;
  received: number;
  /** The process that has it in hand. */
  takenBy?: number | undefined;
}

/** A FIFO queue with one group a chat, and a connector process that is killed now and then. */
class Scene {
  readonly bed = new OutboxBed();
  readonly accepted: { readonly number: number; readonly chat: number; readonly plain: boolean }[] = [];
  readonly #queues = Array.from({ length: CHATS }, (): Waiting[] => []);
  readonly #working = new Set<number>();
  /** Messages that went out although their row said that WhatsApp had them. */
  doubled = 0;
  #process = 0;
  #whatsappTurns = 1;
  #stepTurns = 3;
  #breaks = 0;
  #kept = 0;

  async take(step: Step): Promise<void> {
    switch (step.type) {
      case 'accept':
        for (let count = 0; count < step.count; count++) this.#accept(step);
        break;
      case 'pace':
        this.bed.parked.slowness = () => step.tables;
        this.#whatsappTurns = step.whatsapp;
        this.#stepTurns = step.steps;
        break;
      case 'open':
        this.#answer();
        this.bed.session.become('open');
        break;
      case 'close':
        this.bed.session.become('reconnecting');
        break;
      case 'kill':
        this.#process += 1;
        this.#working.clear();
        this.bed.restart('reconnecting');
        this.#answer();
        break;
      case 'tick':
        await this.bed.clock.advance(10_000);
        break;
      case 'break':
        this.#breaks += 1;
        break;
      case 'keep':
        this.#kept += 1;
        break;
    }
    this.#deliver();
    // Not to the end: steps meet each other half-way.
    await turns(this.#stepTurns);
  }

  async end(): Promise<void> {
    this.#breaks = 0;
    this.#kept = 0;
    for (let round = 0; round < 20; round++) {
      await this.take({ type: 'open' });
      await this.bed.clock.advance(10_000);
      await this.bed.settle();
    }
    expect(this.#queues.flat()).toEqual([]);
  }

  #accept({ chat, lives, later }: Extract<Step, { readonly type: 'accept' }>): void {
    const number = this.accepted.length + 1;
    const now = this.bed.clock.now();
    const accepted = command(number, {
      acceptedAtMs: now,
      to: { type: 'individual', phone: `551199999000${chat}` },
      ...(lives === 'short' && { expiresAtMs: now + 30_000 }),
      ...(later && { notBeforeMs: now + 20_000 }),
    });
    this.#queues[chat]?.push({ command: accepted, received: 0 });
    this.accepted.push({ number, chat, plain: lives === 'long' && !later });
  }

  #answer(): void {
    const { session, clock } = this.bed;
    session.answer = async ({ stanzaId }) => {
      if (this.bed.sentRows.has(stanzaId)) this.doubled += 1;
      await turns(this.#whatsappTurns);
      if (this.#breaks > 0) {
        this.#breaks -= 1;
        session.become('reconnecting');
        return { type: 'interrupted' };
      }
      return accepted(clock.now());
    };
  }

  #deliver(): void {
    for (const [chat, queue] of this.#queues.entries()) {
      if (queue.length > 0 && !this.#working.has(chat)) void this.#work(chat, queue, this.#process);
    }
  }

  async #work(chat: number, queue: Waiting[], process: number): Promise<void> {
    this.#working.add(chat);
    for (let next = notIn(queue, process); next; next = notIn(queue, process)) {
      next.received += 1;
      next.takenBy = process;
      const disposition = await this.bed.begin(next.command, next.received).catch(() => undefined);
      if (disposition?.type === 'concluding') void this.#conclude(queue, next, disposition.concluded, process);
      if (process !== this.#process) return;
      if (disposition?.type !== 'concluding') this.#end(queue, next, disposition);
    }
    this.#working.delete(chat);
  }

  async #conclude(queue: Waiting[], taken: Waiting, concluded: Promise<Disposition>, process: number): Promise<void> {
    const disposition = await concluded.catch(() => undefined);
    if (process === this.#process) this.#end(queue, taken, disposition);
    this.#deliver();
  }

  #end(queue: Waiting[], taken: Waiting, disposition: Disposition | undefined): void {
    if (disposition?.type !== 'done') taken.takenBy = undefined;
    else if (this.#kept > 0) {
      this.#kept -= 1;
      taken.takenBy = undefined;
    } else queue.splice(queue.indexOf(taken), 1);
  }
}

/** The first that the process does not have in hand. */
const notIn = (queue: readonly Waiting[], process: number): Waiting | undefined =>
  queue.find(({ takenBy }) => takenBy !== process);

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => void setImmediate(resolve));
}

describe('whatever happens to sessions and processes', () => {
  it('every message has one final status, and those of a chat leave in order', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const scene = new Scene();
        for (const step of taken) await scene.take(step);
        await scene.end();
        const { events, parked, outbox } = scene.bed;
        expect(parked.rows.size).toBe(0);
        expect(scene.doubled).toBe(0);
        expect(outbox.diagnostics).toEqual({ parked: 0, scheduled: 0, acksPending: 0 });
        const finals = new Map<number, Set<string>>();
        for (const { bizOpaqueCallbackData, eventId, status } of events) {
          const number = Number(bizOpaqueCallbackData);
          finals.set(number, (finals.get(number) ?? new Set()).add(`${status} ${eventId}`));
        }
        for (const { number } of scene.accepted) expect([number, finals.get(number)?.size]).toEqual([number, 1]);
        for (let chat = 0; chat < CHATS; chat++) {
          const plain = new Set(scene.accepted.filter((each) => each.chat === chat && each.plain).map((e) => e.number));
          const sent = [...new Set(events.map(({ bizOpaqueCallbackData }) => Number(bizOpaqueCallbackData)))];
          const order = sent.filter((number) => plain.has(number));
          expect(order).toEqual([...plain]);
        }
      }),
      { numRuns: Number(process.env['POMBO_TEST_RUNS'] ?? 150), examples: ONCE_DOUBLED.map((taken) => [taken]) },
    );
  }, 120_000);
});
