import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '.pombo/**', 'dist/**'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two cores: more workers only take time from the emulators and the connector beside them.
    maxWorkers: 2,
  },
});
