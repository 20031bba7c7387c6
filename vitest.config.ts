import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// The private condition makes every package resolve to its TypeScript sources: tests need no build.
const conditions = ['@mooring/source', ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
  },
});
