/**
 * libsignal has one queue for each address that it talks to, for the whole process, and a job that finds the queue at work runs in the
 * async context of whoever started it: outside of the transaction that it was begun in, as far as Baileys can tell. All phones are in
 * one process here and talk with the same few numbers, so they take turns.
 */
const tails = new Map<string, Promise<unknown>>();

/** Runs `work` when no other phone is at work with this address. @param address as libsignal writes it: `<user>.<device>` */
export function inTurn<T>(address: string, work: () => Promise<T>): Promise<T> {
  const done = (tails.get(address) ?? Promise.resolve()).then(work);
  const tail = done
    .catch(() => undefined)
    .then(() => {
      if (tails.get(address) === tail) tails.delete(address);
    });
  tails.set(address, tail);
  return done;
}
