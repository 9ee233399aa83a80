import type { DependencyHealth } from '#core/contracts/api/health.ts';
import type { Clock } from '#core/domain/clock.ts';
import { logger } from '../shared/logger.ts';

export interface Probe<T> {
  readonly health: DependencyHealth;
  /** What the dependency answered; undefined if it is down. */
  readonly value: T | undefined;
}

/** Asks a dependency something useful and notes whether it answered and in how many milliseconds. Never rejects. */
export async function probe<T>(name: string, clock: Clock, ask: () => Promise<T>): Promise<Probe<T>> {
  const startedMs = clock.monotonic();
  const latency = (): number => Math.round((clock.monotonic() - startedMs) * 10) / 10;
  try {
    const value = await ask();
    return { value, health: { name, status: 'up', latency_ms: latency() } };
  } catch (error) {
    logger.error('dependency is down', { dependency: name, error: error as Error });
    const kind = error instanceof Error ? error.name : 'Error';
    return { value: undefined, health: { name, status: 'down', latency_ms: latency(), error: kind } };
  }
}
