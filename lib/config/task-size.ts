import { DEFAULT_LEDGER_MEMORY_MIB } from '#core/resource-names.ts';

/** CPU units of a Fargate task and the memory, MiB, that AWS allows with each (Fargate task size table). */
export const FARGATE_MEMORY: Readonly<Record<number, { readonly min: number; readonly max: number }>> = {
  256: { min: 512, max: 2_048 },
  512: { min: 1_024, max: 4_096 },
  1_024: { min: 2_048, max: 8_192 },
  2_048: { min: 4_096, max: 16_384 },
  4_096: { min: 8_192, max: 30_720 },
};

/** The program itself takes about 200 MiB, buffers of its sockets up to 120 (measured with 500 idle sessions in 1 GB). */
const PROGRAM_MIB = 320;
/** Memory of the process that is not V8's old space nor the ledger: code, stacks, young objects, buffers of sockets. */
const BESIDE_THE_HEAP_MIB = 128;

interface TaskMemory {
  readonly taskMemoryMiB: number;
  readonly ledgerMemoryMiB?: number | undefined;
}

/** Most that the ledger's rows may take, MiB: half of what the program leaves, 96 of the default task's 512. */
export const ledgerMemoryOf = ({ taskMemoryMiB, ledgerMemoryMiB }: TaskMemory): number =>
  ledgerMemoryMiB ?? Math.max(DEFAULT_LEDGER_MEMORY_MIB, Math.floor((taskMemoryMiB - PROGRAM_MIB) / 2));

/**
 * V8's limit on its old space, MiB: rows of the ledger are buffers outside it. A heap at its limit is collected harder and
 * ends with a line that names it; a container over its memory is killed without a word.
 */
export const heapMemoryOf = (memory: TaskMemory): number =>
  memory.taskMemoryMiB - ledgerMemoryOf(memory) - BESIDE_THE_HEAP_MIB;

/** Least old space that the program runs in, MiB. */
export const LEAST_HEAP_MIB = 192;
