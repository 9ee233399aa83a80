import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '.pombo/**', 'dist/**'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two cores: a third worker takes as much from the others as it brings (1,360 s against 1,310).
    maxWorkers: 2,
  },
});
