import { expect, it } from 'vitest';
import type { ConnectionListener } from '../../../connector/whatsapp/whatsapp-port.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { linkedWhatsApp, makeSessions, quietConnection } from './sessions-of-a-task.ts';

/** How long a line takes to open or to close, milliseconds. */
const TAKES_MS = 200;

it('tells WhatsApp of a logout on a new line when the old one is just being closed', async () => {
  const clock = new VirtualClock(0);
  const toldOn: string[] = [];
  let lines = 0;
  const connect = ({ listener }: { readonly listener: ConnectionListener }) => {
    const line = `line ${++lines}`;
    let isOpen = false;
    clock.after(TAKES_MS, () => {
      isOpen = true;
      listener.onOpen({ phoneNumber: '5511900000000' });
    });
    return quietConnection({
      close: async () => {
        isOpen = false;
        await new Promise<void>((resolve) => void clock.after(TAKES_MS, resolve));
        listener.onClosed({ code: 428, cause: 'network' });
      },
      logout: async () => {
        if (isOpen) toldOn.push(line);
        listener.onClosed({ code: 401, cause: 'whatsapp' });
      },
    });
  };
  const [session] = makeSessions(clock, linkedWhatsApp(connect), 1);
  await session?.start();
  await clock.advance(10 * TAKES_MS);
  expect(session?.status).toBe('open');
  // The deletion took the row first, and a report found it gone.
  void session?.stop();
  const out = session?.logout();
  await clock.advance(100 * TAKES_MS);
  await out;
  expect(toldOn).toEqual(['line 2']);
});
