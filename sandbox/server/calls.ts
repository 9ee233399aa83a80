import type { DeviceAddress } from '../store/jid.ts';
import { pnJid } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { node } from '../wire/node.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';

const CALL_ID_BYTES = 16;

/** Rings at all devices of a person that are on line. @returns the call's id */
export function ring(
  context: ServerContext,
  call: { readonly from: DeviceAddress; readonly to: string; readonly video: boolean },
): string {
  const callId = context.random(CALL_ID_BYTES).toString('hex').toUpperCase();
  const media = call.video
    ? [node('audio', { enc: 'opus' }), node('video', { enc: 'vp8' })]
    : [node('audio', { enc: 'opus' })];
  tell(context, call, (creator) =>
    node('offer', { 'call-id': callId, 'call-creator': creator, caller_pn: pnJid(call.from.number) }, media),
  );
  return callId;
}

/** The caller gives up, or a device of the callee has taken the call. */
export function hangUp(
  context: ServerContext,
  call: { readonly from: DeviceAddress; readonly to: string; readonly callId: string; readonly taken: boolean },
): void {
  const reason = call.taken ? 'accepted_elsewhere' : undefined;
  tell(context, call, (creator) => node('terminate', { 'call-id': call.callId, 'call-creator': creator, reason }));
}

function tell(
  context: ServerContext,
  { from, to }: { readonly from: DeviceAddress; readonly to: string },
  what: (creator: string) => BinaryNode,
): void {
  const creator = context.directory.jidOf(from, 'lid');
  for (const target of context.devices.linkedDevices(to)) {
    if (target.kind !== 'companion') continue;
    const attrs = { from: creator, id: context.random(8).toString('hex'), t: unixSeconds(context.clock) };
    context.switchboard.whisper(target, node('call', attrs, [what(creator)]));
  }
}
