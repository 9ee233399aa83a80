import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '.pombo/**', 'dist/**'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // For two cores: a third of what a file takes is waiting, most of it for leases, retries and other processes.
    maxWorkers: 3,
  },
});
