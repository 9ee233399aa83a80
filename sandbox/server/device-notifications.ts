import type { DeviceAddress } from '../store/jid.ts';
import { node } from '../wire/node.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';

/**
 * Tells everybody who has asked for that person's devices, and the person's own companions, that one was linked or
 * removed, under the name by which they asked.
 */
export function announceDevice(context: ServerContext, changed: DeviceAddress, change: 'add' | 'remove'): void {
  const keyIndex = context.devices.find(changed)?.keyIndex;
  for (const { addressing, ...watcher } of context.devices.watchers(changed.number)) {
    const isChanged = watcher.number === changed.number && watcher.device === changed.device;
    if (isChanged || context.devices.find(watcher)?.state !== 'linked') continue;
    const device = node('device', { jid: context.directory.jidOf(changed, addressing), 'key-index': keyIndex });
    const attrs = {
      from: context.directory.jidOf({ number: changed.number, device: 0 }, addressing),
      type: 'devices',
      id: context.random(8).toString('hex'),
      t: unixSeconds(context.clock),
    };
    const list = node(change, { device_hash: `2:${context.random(6).toString('base64')}` }, [device]);
    context.switchboard.deliver(watcher, node('notification', attrs, [list]), 'notification');
  }
}
