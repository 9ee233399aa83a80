import { Lanes } from '../lanes.ts';

/**
 * libsignal has one queue for each address that it talks to, for the whole process, and whoever finds it at work leaves the job to it.
 * The job then runs in the async context of the other, where Baileys does not find the transaction that it was begun in: its ratchet
 * step is written by itself, without the message. Two of our numbers that talk with the same device at a time meet there, so they take
 * turns, and each job finds the queue at rest.
 */
const turns = new Lanes();

/** Runs `work` when no other number is at work with this address. @param address as libsignal writes it: `<user>.<device>` */
export const inTurn = <T>(address: string, work: () => Promise<T>): Promise<T> => turns.add(address, work);
