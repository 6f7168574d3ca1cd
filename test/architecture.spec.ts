import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  MAY_IMPORT,
  checkFile,
  cycles,
  idleExceptions,
  idleExports,
  nestProjectProblems,
} from './architecture/rules.js';
import { readFacts } from './architecture/source-facts.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['apps', 'libs'].flatMap((kind) =>
  readdirSync(join(root, kind), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${kind}/${name}`),
);
const filesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith(ending) && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
const factsOf = (path: string) => readFacts(path, readFileSync(join(root, path), 'utf8'));

const ruled = [...folders, 'test', 'bench'];
const files = ruled.flatMap((folder) => filesIn(folder, '.ts'));
const facts = files.map(factsOf);
/** Plain programs: under no rule, but what they import is used. */
const programs = filesIn('bin', '.mjs').map(factsOf);

describe('the code keeps the rules', () => {
  test('every file of every app and lib, of test and bench is looked at', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(ruled.filter((folder) => !files.some((file) => file.startsWith(`${folder}/`)))).toEqual([]);
  });

  test('imports, doors, names and purity', () => {
    expect(facts.flatMap(checkFile)).toEqual([]);
  });

  test('no circle of imports', () => {
    expect(cycles(facts)).toEqual([]);
  });

  test('every exception is needed', () => {
    expect(idleExceptions(facts)).toEqual([]);
  });

  test('what an index.ts exports, somebody outside of the lib imports', () => {
    expect(idleExports([...facts, ...programs])).toEqual([]);
  });

  test('the table holds exactly the libs that exist', () => {
    const libs = folders.filter((folder) => folder.startsWith('libs/')).map((folder) => folder.slice(5));
    expect(Object.keys(MAY_IMPORT).sort()).toEqual(libs.sort());
  });

  test('nest-cli.json lists every app and lib', () => {
    const { projects } = JSON.parse(readFileSync(join(root, 'nest-cli.json'), 'utf8')) as {
      projects: Parameters<typeof nestProjectProblems>[0];
    };
    expect(nestProjectProblems(projects, folders)).toEqual([]);
  });
});

describe('a file that breaks a rule is found', () => {
  test.each([
    ['upwards', 'libs/contracts/src/x.ts', `import { a } from '#kafka';`, /contracts may not import #kafka/],
    [
      'between pure libs',
      'libs/cmamba/src/x.ts',
      `import { a } from '#forecasting';`,
      /may not import #forecasting/,
    ],
    ['between edges', 'libs/kafka/src/x.ts', `import { a } from '#compute';`, /may not import #compute/],
    ['a type alone', 'libs/kafka/src/x.ts', `import type { A } from '#compute';`, /may not import #compute/],
    ['an import type', 'libs/kafka/src/x.ts', `type A = import('#compute').A;`, /may not import #compute/],
    [
      'from the engine to Kafka',
      'libs/engine/src/x.ts',
      `import { a } from '#kafka';`,
      /may not import #kafka/,
    ],
    [
      'of another app',
      'apps/ingest/src/x.ts',
      `import '../../trainer/src/promotion.js';`,
      /leaves apps\/ingest/,
    ],
    [
      'past an index',
      'apps/ingest/src/x.ts',
      `import { a } from '#kafka/src/client.js';`,
      /past the index of kafka/,
    ],
    [
      'past an index by path',
      'apps/ingest/src/x.ts',
      `import '../../../libs/kafka/src/client.js';`,
      /leaves apps\/ing/,
    ],
    [
      'past the index of what specs use',
      'apps/ingest/src/x.spec.ts',
      `import { a } from '#kafka/testing/pump.js';`,
      /past the index of kafka/,
    ],
    [
      'of what specs use',
      'apps/ingest/src/x.ts',
      `import { a } from '#kafka/testing';`,
      /#kafka\/testing is for specs only/,
    ],
    [
      'of what the own specs use',
      'libs/kafka/src/x.ts',
      `export { a } from './testing/a.js';`,
      /.\/testing\/a.js is for specs only/,
    ],
    ['of a spec', 'libs/kafka/src/x.ts', `import { a } from './a.spec.js';`, /a.spec.js is for specs only/],
    [
      'of what specs use by a lib that may not',
      'libs/kafka/src/x.spec.ts',
      `import { a } from '#cmamba/testing';\nimport '#local/testing';`,
      /libs\/kafka may not import #local\/testing/,
    ],
    [
      'of an app by a system test',
      'test/faults/x.spec.ts',
      `import '../../apps/trainer/src/promotion.js';`,
      /leaves test/,
    ],
    [
      'by the bench of what system tests may have',
      'bench/x.ts',
      `import '../apps/cli/src/proxy.js';`,
      /leaves bench/,
    ],
    ['of what specs use by the bench', 'bench/x.ts', `import '#kafka/testing';`, /is for specs only/],
    ['kafkajs in a system test', 'test/x.ts', `import 'kafkajs';`, /kafkajs .*libs\/kafka only/],
    ['of a test', 'apps/cli/src/x.ts', `import { until } from '../../../test/until.js';`, /leaves apps\/cli/],
    ['of a lib by itself', 'libs/kafka/src/x.ts', `import { a } from '#kafka';`, /is the lib itself/],
    ['of no lib', 'apps/ingest/src/x.ts', `import { a } from '#kafak';`, /#kafak is no lib/],
    ['of a re-export', 'libs/kafka/src/x.ts', `export { a } from '#local';`, /may not import #local/],
    ['at run time', 'libs/kafka/src/x.ts', `await import('#local');`, /may not import #local/],
    ['into the page', 'apps/page/src/x.ts', `import { a } from '#engine';`, /page may not import #engine/],
    ['kafkajs', 'apps/ingest/src/x.ts', `import kafkajs from 'kafkajs';`, /kafkajs .*libs\/kafka only/],
    [
      'ONNX Runtime',
      'libs/engine/src/x.ts',
      `await import('onnxruntime-node');`,
      /onnxruntime-node .*libs\/compute/,
    ],
    [
      'a tfjs backend',
      'libs/cmamba/src/x.ts',
      `import '@tensorflow/tfjs-backend-wasm';`,
      /libs\/compute only/,
    ],
    [
      'tfjs ops',
      'libs/forecasting/src/x.ts',
      `import '@tensorflow/tfjs-core';`,
      /libs\/compute and libs\/cmamba only/,
    ],
    ['BullMQ', 'apps/cli/src/x.ts', `import { Queue } from 'bullmq';`, /bullmq .*apps\/trainer only/],
    ['ioredis', 'libs/local/src/x.ts', `import { Redis } from 'ioredis';`, /ioredis .*apps\/trainer only/],
    ['testcontainers', 'apps/cli/src/x.ts', `import '@testcontainers/kafka';`, /libs\/local only/],
    [
      'Nest',
      'libs/kafka/src/x.ts',
      `import { Injectable } from '@nestjs/common';`,
      /libs\/platform and apps/,
    ],
    ['require', 'libs/engine/src/x.ts', `const k = require('kafkajs');`, /kafkajs/],
    ['an empty folder name', 'libs/kafka/src/utils/x.ts', '', /"utils" says nothing/],
    ['an empty file name', 'apps/cli/src/helpers.ts', '', /"helpers" says nothing/],
    ['camelCase', 'apps/cli/src/myFile.ts', '', /myFile.ts is not kebab-case/],
    ['export *', 'libs/kafka/src/index.ts', `export * from './client.js';`, /export \*/],
    ['export * as', 'libs/kafka/src/index.ts', `export * as client from './client.js';`, /export \*/],
    ['fs', 'libs/alignment/src/x.ts', `import { readFileSync } from 'node:fs';`, /may not import node:fs/],
    ['the environment', 'libs/cmamba/src/x.ts', `const a = process.env['A'];`, /may not use process.env/],
    ['a clock', 'libs/alignment/src/x.ts', `const a = Date.now();`, /may not use Date.now/],
    ['a hidden clock', 'libs/alignment/src/x.ts', `const a = new Date();`, /may not use new Date\(\)/],
    ['a stopwatch', 'libs/cmamba/src/x.ts', `const a = performance['now']();`, /may not use performance.now/],
    ['randomness', 'libs/cmamba/src/x.ts', `const a = Math.random();`, /may not use Math.random/],
    ['a timer', 'libs/forecasting/src/x.ts', `setTimeout(() => 1, 2);`, /may not use setTimeout/],
    [
      'a domain word',
      'libs/platform/src/x.ts',
      `const kafkaReady = true;`,
      /"kafkaReady" is a word of the domain/,
    ],
  ])('%s (%s: %s)', (_, path, text, problem) => {
    expect(checkFile(readFacts(path, text)).map((one) => one.problem)).toEqual([
      expect.stringMatching(problem),
    ]);
  });

  test('a circle is found, through an index and of types too, and named from end to end', () => {
    const circle = [
      readFacts('libs/kafka/src/index.ts', `export { a } from './a.js';`),
      readFacts('libs/kafka/src/a.ts', `import type { B } from '#platform';`),
      readFacts('libs/platform/src/index.ts', `import { a } from '#kafka';`),
    ];
    expect(cycles(circle)).toEqual([
      'libs/kafka/src/index.ts -> libs/kafka/src/a.ts -> libs/platform/src/index.ts -> libs/kafka/src/index.ts',
    ]);
  });

  test('an export that only the own lib takes, or that is taken of another index, is found', () => {
    const index = `export { a, type B, c as d, e } from './a.js';`;
    const files = [
      readFacts('libs/kafka/src/index.ts', index),
      readFacts('libs/kafka/src/testing/index.ts', `export { f } from './f.js';`),
      readFacts('libs/kafka/src/x.ts', `import { e } from './index.js';`),
      readFacts('apps/cli/src/x.ts', `import { f, type B } from '#kafka';\nimport { d as e } from '#kafka';`),
      readFacts('bin/x.mjs', `import { a } from '../dist/libs/kafka/src/index.js';`),
    ];
    expect(idleExports(files)).toEqual(['libs/kafka/src/index.ts: e', 'libs/kafka/src/testing/index.ts: f']);
  });

  test('an exception that no file needs is found', () => {
    const waits = readFacts('libs/kafka/src/x.spec.ts', `import '../../../test/until.js';`);
    expect(idleExceptions([waits])).not.toContain('test/until.js');
    expect(idleExceptions([waits])).toContain('apps/cli/src/proxy.js');
  });

  test('a project that is missing, gone or of the wrong kind is found', () => {
    const projects = {
      ingest: { type: 'application', root: 'apps/ingest' },
      gone: { type: 'library', root: 'libs/gone' },
      kafka: { type: 'application', root: 'libs/kafka' },
    };
    expect(nestProjectProblems(projects, ['apps/ingest', 'apps/page', 'libs/kafka', 'libs/new'])).toEqual([
      expect.stringContaining('libs/new is not in'),
      expect.stringContaining('libs/gone, which is not there'),
      expect.stringContaining('kafka has another type'),
    ]);
  });
});

test.each([
  ['a comment or a text is no fact', 'libs/cmamba/src/x.ts', `// Date.now()\nconst a = "import 'kafkajs'";`],
  ['an explicit date is no clock', 'libs/alignment/src/x.ts', `const a = new Date(0);`],
  [
    'a spec of a pure lib may read its fixtures',
    'libs/cmamba/src/x.spec.ts',
    `import { readFileSync } from 'node:fs';`,
  ],
  [
    'a system test may have what its twin runs',
    'test/worlds/x.ts',
    `import '../../apps/ingest/src/readings.task.js';\nimport '#kafka/testing';\nimport './y.spec.js';`,
  ],
  ['the bench may import every lib', 'bench/x.ts', `import '#engine';\nimport '#kafka';`],
  ['an app may import every lib', 'apps/ingest/src/x.ts', `import { a } from '#kafka';\nimport '#platform';`],
  ['a spec may use what specs use', 'apps/ingest/src/x.spec.ts', `import { a } from '#kafka/testing';`],
  ['a spec may wait', 'libs/kafka/src/x.spec.ts', `import { until } from '../../../test/until.js';`],
  [
    'what specs share may wait',
    'apps/trainer/src/testing/x.ts',
    `import { until } from '../../../../test/until.js';`,
  ],
  [
    'a parity spec may read fixtures',
    'libs/compute/src/x-parity.spec.ts',
    `import { a } from '#model-store';`,
  ],
  ['a spec may run the ops', 'libs/cmamba/src/x.spec.ts', `import '@tensorflow/tfjs';`],
  ['an edge may log', 'libs/kafka/src/x.ts', `import { Logger } from '#platform';`],
])('%s', (_, path, text) => {
  expect(checkFile(readFacts(path, text))).toEqual([]);
});
