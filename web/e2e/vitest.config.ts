import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['before.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // As long as the browser's own waiting: a machine may be busy.
    expect: { poll: { timeout: 30_000, interval: 100 } },
    // One browser, one server, two cores: the walks take turns.
    fileParallelism: false,
    retry: 0,
  },
});
