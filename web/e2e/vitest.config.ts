import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './patience.ts';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['before.ts'],
    // A walk waits in many places: what ends one that hangs is the waiting at a place.
    testTimeout: 5 * PATIENCE_MS,
    hookTimeout: 2 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS, interval: 100 } },
    // One browser, one server, two cores: the walks take turns.
    fileParallelism: false,
    retry: 0,
  },
});
