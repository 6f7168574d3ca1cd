import { defineConfig } from 'vitest/config';

/** Specs that need a real broker. Vitest starts Kafka and Redis only if one of them is to run. */
const ON_SERVERS = ['{apps,libs}/**/*.broker.spec.ts', 'test/{pipeline,recovery,faults,page}/**/*.spec.ts'];
const ALL = ['{apps,libs,test}/**/*.spec.ts'];
// `#lib` imports resolve to the sources, so unit tests need no build.
const sources = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } };

export default defineConfig({
  test: {
    pool: 'forks',
    reporters: ['default', './test/reporter.ts'],
    projects: [
      {
        ...sources,
        test: {
          name: 'unit',
          include: ALL,
          exclude: ['**/node_modules/**', ...ON_SERVERS],
          maxWorkers: 2,
          testTimeout: 30_000,
          provide: { patienceMs: 20_000 },
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...sources,
        test: {
          name: 'broker',
          include: ON_SERVERS,
          globalSetup: './test/global-setup.ts',
          // One file at a time: brokers that share two cores with others miss their deadlines.
          maxWorkers: 1,
          testTimeout: 120_000,
          provide: { patienceMs: 90_000 },
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
