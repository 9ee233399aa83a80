import * as qrcode from 'qrcode';
import type { QrResource } from '#core/contracts/api/sessions.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { sleep } from '#core/domain/clock.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import { qrFormatOf } from './qr-format.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { isoTime } from './session-resource.ts';

/** A connector that has just been told to pair needs a moment for the first code; the caller need not poll for it. Milliseconds. */
const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 500;
/** Pixels of one side; phones read it from a screen at arm's length. */
const PNG_WIDTH = 400;

interface Qr {
  readonly qr: string;
  readonly expiresAtMs: number;
}

/** GET /sessions/{id}/qr: the code to scan, as JSON, PNG or SVG by `Accept`. Waits up to 10 s for it. */
export function makeShowQr({ sessions, clock }: SessionDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const deadlineMs = clock.monotonic() + WAIT_MS;
    for (;;) {
      const row = await ownSession(sessions, request);
      const qr = currentQr(row, clock.now());
      if (qr) return await render(qr, request);
      refuseUnwantedPairing(row);
      refuseResting(row);
      if (clock.monotonic() >= deadlineMs) throw notYet(row);
      await sleep(clock, LOOK_EVERY_MS);
    }
  };
}

function currentQr({ status, qr, qrExpiresAtMs = 0 }: SessionRow, nowMs: number): Qr | undefined {
  if (status !== 'pairing' || !qr || qrExpiresAtMs <= nowMs) return undefined;
  return { qr, expiresAtMs: qrExpiresAtMs };
}

async function render({ qr, expiresAtMs }: Qr, { headers }: RouteRequest): Promise<ApiResponse> {
  switch (qrFormatOf(headers.accept)) {
    case 'json': {
      const body: QrResource = { qr, expires_at: isoTime(expiresAtMs) };
      return { body };
    }
    case 'png':
      return { headers: { 'content-type': 'image/png' }, body: await qrcode.toBuffer(qr, { width: PNG_WIDTH }) };
    case 'svg':
      return { headers: { 'content-type': 'image/svg+xml' }, body: await qrcode.toString(qr, { type: 'svg' }) };
  }
}

/** Statuses from which nothing but a start leads to a code. */
const RESTING: ReadonlySet<SessionStatus> = new Set<SessionStatus>(['stopped', 'logged_out', 'banned']);

/** A linked session, and one whose owner wants it to rest, are not paired. @throws GraphError 100 (409) */
export function refuseUnwantedPairing(row: SessionRow): void {
  if (row.phoneNumber && (row.status === 'open' || row.status === 'connecting' || row.status === 'reconnecting')) {
    throw new GraphError(100, 'The session is linked already. POST /sessions/{id}/logout unlinks it.', { status: 409 });
  }
  if (row.desired === 'stopped') throw notPairing(row);
}

/** One that rests will never show a code by itself. @throws GraphError 100 (409) */
function refuseResting(row: SessionRow): void {
  if (RESTING.has(row.status) && !isBeingStarted(row)) throw notPairing(row);
}

const notPairing = ({ status }: SessionRow): GraphError =>
  new GraphError(100, `The session is ${status}, not pairing. POST /sessions/{id}/start begins it.`, { status: 409 });

/** Its owner has said start in this very status; the connector has not come to it yet. */
const isBeingStarted = ({ desired, sinceMs, startedFromMs }: SessionRow): boolean =>
  desired === 'running' && startedFromMs === sinceMs;

function notYet({ status }: SessionRow): GraphError {
  return new GraphError(100, `There is no QR code yet, the session is ${status}. Ask again in a moment.`, {
    status: 409,
    transient: true,
    headers: { 'retry-after': '1' },
  });
}
