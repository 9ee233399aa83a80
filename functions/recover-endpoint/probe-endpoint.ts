import type { BacklogRow } from '#core/contracts/rows/backlog-row.ts';
import { chatAt, lanesOf } from '#core/domain/delivery/backlog-keys.ts';
import { GOOD_PROBES } from '#core/domain/delivery/breaker.ts';
import { bury } from '../shared/delivery/bury-delivery.ts';
import { deliverParked, type ParkedOutcome } from '../shared/delivery/deliver-parked.ts';
import { drainChat } from '../shared/delivery/drain-chat.ts';
import type { Look, RecoveryDependencies } from './recovery.ts';

/** Rows of a lane among which one is looked for that may be tried now. */
const CANDIDATES = 20;

/**
 * Tries up to three of the deliveries that wait: real ones, so a recovery costs no request that its receiver does not want. They
 * come from different lanes, so that one event that a receiver can't take does not keep its breaker open.
 * @returns true if all went well, or nothing is there to be tried
 */
export async function probeEndpoint(dependencies: RecoveryDependencies, look: Look): Promise<boolean> {
  const lanes = lanesOf(look.endpoint.endpointId);
  const first = Math.floor(dependencies.random() * lanes.length);
  const tried = new Set<string>();
  for (let good = 0; good < GOOD_PROBES; ) {
    const outcome = await oneProbe(dependencies, look, {
      lanes: [...lanes.slice(first), ...lanes.slice(0, first)],
      tried,
    });
    if (outcome === 'nothing') return true;
    if (outcome === 'bad') return false;
    if (outcome === 'good') good += 1;
    if (!look.mayGoOn()) return false;
  }
  return true;
}

type ProbeResult = 'good' | 'bad' | 'other' | 'nothing';

async function oneProbe(
  dependencies: RecoveryDependencies,
  look: Look,
  among: { readonly lanes: readonly string[]; readonly tried: Set<string> },
): Promise<ProbeResult> {
  const { backlog, clock } = dependencies;
  for (const lane of among.lanes) {
    const { rows } = await backlog.page(lane, CANDIDATES);
    const row = rows.find(
      ({ position, notBeforeMs = 0 }) => notBeforeMs <= clock.now() && !among.tried.has(nameOf(lane, position)),
    );
    if (!row) continue;
    among.tried.add(nameOf(lane, row.position));
    const result = await tryRow(dependencies, look, row);
    if (result !== 'other') return result;
  }
  return 'nothing';
}

/** A chat is tried by its first row only. */
const nameOf = (lane: string, position: string): string => `${lane}#${chatAt(position) ?? position}`;

async function tryRow(dependencies: RecoveryDependencies, look: Look, row: BacklogRow): Promise<ProbeResult> {
  const { endpoint, token } = look;
  const chat = chatAt(row.position);
  let result: ProbeResult = 'other';
  const onOutcome = async (_: BacklogRow, outcome: ParkedOutcome): Promise<boolean> => {
    if (outcome.kind === 'gone' && outcome.isSent) result = 'good';
    if (outcome.kind === 'closed_off' || ('hasDisabled' in outcome && outcome.hasDisabled)) result = 'bad';
    if (outcome.kind === 'dead') await bury(dependencies, { ...outcome, endpoint });
    return outcome.kind === 'gone' || outcome.kind === 'dead';
  };
  const probe = { isProbe: true, pace: () => Promise.resolve() };
  if (chat === undefined) {
    const outcome = await deliverParked(dependencies, row, endpoint, probe);
    if (await onOutcome(row, outcome)) await dependencies.backlog.remove([row]);
    return result;
  }
  let rows = 0;
  const way = { ...probe, mayGoOn: () => rows++ < 1, onOutcome };
  const drained = await drainChat(dependencies, { endpoint, lane: row.lane, chat, token }, way);
  return drained.kind === 'held' ? 'other' : result;
}
