/** @file The dependency rule and its neighbours: facts in, violations out.
 *
 *  Law: the table below is the one place that says who may import whom. A rule sees facts only, so that a test can
 *  show it a file that breaks it. */
import { posix } from 'node:path';
import type { SourceFacts } from './source-facts.js';

const PURE = ['alignment', 'cmamba', 'forecasting'] as const;
/** An edge may use `platform` for logging and configuration, and no other edge. */
const EDGE = ['contracts', ...PURE, 'platform'] as const;

/** Which libs a lib may import. Apps may import every lib, and no app. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  alignment: ['contracts'],
  cmamba: ['contracts'],
  forecasting: ['contracts'],
  compute: EDGE,
  kafka: EDGE,
  'model-store': EDGE,
  local: EDGE,
  platform: ['contracts', ...PURE],
  engine: ['contracts', ...PURE, 'compute', 'model-store'],
};

/** The live page runs in a browser: of ours it may have what runs there. */
const PAGE_MAY_IMPORT = ['contracts'];

/** Packages with one door: the places that may import them. First match wins. */
export const DOORS: readonly (readonly [pattern: RegExp, owners: readonly string[]])[] = [
  [/^kafkajs$/, ['libs/kafka']],
  [/^onnxruntime-node$/, ['libs/compute']],
  [/^@tensorflow\/tfjs-core(\/|$)/, ['libs/compute', 'libs/cmamba']],
  [/^@tensorflow\//, ['libs/compute']],
  [/^(bullmq|ioredis|@bull-board\/.*)$/, ['apps/trainer']],
  [/^(testcontainers|@testcontainers\/.*)$/, ['libs/local']],
  [/^(pino|prom-client)$/, ['libs/platform']],
  [/^(@nestjs\/.*|fastify|@fastify\/.*)$/, ['libs/platform', 'apps/*']],
  [/^uplot(\/|$)/, ['apps/page']],
];

/** What a file may import beyond the rules. Specs: how to wait, a backend to run the ops on, and the reader of the file
 *  format that the parity fixtures are in. System tests: the tasks that their twins run, the cli's ways to the
 *  services and to Redis, and a stranger's hand in the queue. The bench: the data files as the cli reads them. */
export const EXCEPTIONS: readonly (readonly [file: RegExp, target: string])[] = [
  [/\.spec\.ts$|\/testing\//, 'test/until.js'],
  [/^libs\/cmamba\/.*\.spec\.ts$/, '@tensorflow/tfjs'],
  [/^libs\/compute\/.*parity\.spec\.ts$/, '#model-store'],
  [/^test\//, 'apps/ingest/src/readings.task.js'],
  [/^test\//, 'apps/predictor/src/frames.task.js'],
  [/^test\//, 'apps/predictor/src/model-versions.js'],
  [/^test\//, 'apps/predictor/src/testing/frames-world.js'],
  [/^test\//, 'apps/cli/src/proxy.js'],
  [/^test\//, 'apps/cli/src/redis/ask-redis.js'],
  [/^test\/pipeline\/training\.spec\.ts$/, 'bullmq'],
  [/^test\/pipeline\/training\.spec\.ts$/, 'ioredis'],
  [/^bench\//, 'apps/cli/src/replay/aligned-history.js'],
  [/^bench\//, 'apps/cli/src/replay/csv-replay.js'],
];

/** Names that say nothing of what is inside. */
const EMPTY_NAMES = ['common', 'shared', 'util', 'utils', 'helper', 'helpers', 'base'];
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.(ts|d\.ts|css|html)$/;

/** Words of the domain, which the platform does not know. */
const DOMAIN =
  /kafka|broker|partition|sensor|forecast|horizon|lookback|watermark|mamba|(^|[a-z_])series|champion/i;

export interface Violation {
  readonly path: string;
  readonly problem: string;
}

/** `libs/kafka` of `libs/kafka/src/x.ts`, `test` of `test/faults/x.ts`. */
export function ownerOf(path: string): string {
  const [kind = '', name = ''] = path.split('/');
  return kind === 'apps' || kind === 'libs' ? `${kind}/${name}` : kind;
}

/** Specs, and what only specs use, may read fixtures, the clock and each other's test benches. */
function isTest(path: string): boolean {
  return path.endsWith('.spec.ts') || path.split('/').includes('testing');
}

function isException(path: string, specifier: string, [file, target]: (typeof EXCEPTIONS)[number]): boolean {
  return file.test(path) && target === targetOf(path, specifier);
}

/** Exceptions that no file makes use of, by their target. */
export function idleExceptions(files: readonly SourceFacts[]): string[] {
  return EXCEPTIONS.filter(
    (one) =>
      !files.some(({ path, imports }) => imports.some((specifier) => isException(path, specifier, one))),
  ).map(([, target]) => target);
}

/** A relative specifier as a path from the root; any other as it is. */
function targetOf(path: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
}

/** Everything that a single file can break. */
export function checkFile(file: SourceFacts): Violation[] {
  const facts = {
    ...file,
    imports: file.imports.filter(
      (specifier) => !EXCEPTIONS.some((one) => isException(file.path, specifier, one)),
    ),
  };
  const problems = [
    ...names(facts),
    ...imports(facts),
    ...tests(facts),
    ...doors(facts),
    ...purity(facts),
    ...platformWords(facts),
  ];
  if (facts.exportsEverything) problems.push('export * makes everything public: list the names');
  return problems.map((problem) => ({ path: facts.path, problem }));
}

function names({ path }: SourceFacts): string[] {
  const parts = path.split('/').map((part) => part.replace(/\..*$/, ''));
  const empty = parts.filter((part) => EMPTY_NAMES.includes(part));
  const file = posix.basename(path);
  return [
    ...empty.map((part) => `"${part}" says nothing of what is inside`),
    ...(KEBAB_CASE.test(file) ? [] : [`${file} is not kebab-case`]),
  ];
}

function imports({ path, imports }: SourceFacts): string[] {
  const owner = ownerOf(path);
  const [kind, own = ''] = owner.split('/');
  const problems: string[] = [];
  for (const specifier of imports) {
    if (specifier.startsWith('.')) {
      if (!targetOf(path, specifier).startsWith(`${owner}/`)) {
        problems.push(`${specifier} leaves ${owner}: a lib is imported as #name, an app by nobody`);
      }
    } else if (specifier.startsWith('#')) {
      const [lib = '', ...past] = specifier.slice(1).split('/');
      if (past.length > 0 && past.join('/') !== 'testing')
        problems.push(`${specifier} goes past the index of ${lib}`);
      if (!(lib in MAY_IMPORT)) problems.push(`${specifier} is no lib`);
      else if (kind === 'libs' && lib === own)
        problems.push(`${specifier} is the lib itself: use a relative path`);
      else if (kind === 'libs' && !MAY_IMPORT[own]?.includes(lib))
        problems.push(`libs/${own} may not import ${specifier}`);
      else if (owner === 'apps/page' && !PAGE_MAY_IMPORT.includes(lib))
        problems.push(`the page may not import ${specifier}`);
    }
  }
  return problems;
}

/** What only specs use is compiled into no service. */
function tests({ path, imports }: SourceFacts): string[] {
  if (isTest(path) || ownerOf(path) === 'test') return [];
  return imports
    .filter((specifier) => isTest(targetOf(path, specifier).replace(/\.js$/, '.ts')))
    .map((specifier) => `${specifier} is for specs only`);
}

function doors({ path, imports }: SourceFacts): string[] {
  const owner = ownerOf(path);
  return imports.flatMap((specifier) => {
    const door = DOORS.find(([pattern]) => pattern.test(specifier));
    if (door === undefined) return [];
    const [, owners] = door;
    const allowed = owners.some((one) => one === owner || (one === 'apps/*' && owner.startsWith('apps/')));
    return allowed ? [] : [`${specifier} may be imported in ${owners.join(' and ')} only`];
  });
}

/** Contracts and the pure libs know no world. */
function purity({ path, imports, touches }: SourceFacts): string[] {
  const owner = ownerOf(path);
  const pure = ['contracts', ...PURE].some((lib) => owner === `libs/${lib}`);
  if (!pure || isTest(path)) return [];
  const outside = imports.filter((s) => s.startsWith('node:') || s === 'fs');
  return [
    ...outside.map((specifier) => `a pure lib may not import ${specifier}`),
    ...touches.map((touch) => `a pure lib may not use ${touch}`),
  ];
}

function platformWords({ path, identifiers }: SourceFacts): string[] {
  if (ownerOf(path) !== 'libs/platform' || isTest(path)) return [];
  return [...identifiers]
    .filter((name) => DOMAIN.test(name))
    .map((name) => `"${name}" is a word of the domain`);
}

/** Circles of imports, one line each. A circle of types is one too: neither file can be read without the other. */
export function cycles(files: readonly SourceFacts[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  const targets = new Map(
    files.map((file) => [file.path, targetsOf(file).filter((path) => known.has(path))]),
  );
  const found = new Set<string>();
  const done = new Set<string>();
  const trail: string[] = [];
  const walk = (path: string): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.add([...trail.slice(at), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const next of targets.get(path) ?? []) walk(next);
    trail.pop();
    done.add(path);
  };
  for (const { path } of files) walk(path);
  return [...found];
}

function targetsOf({ path, imports }: SourceFacts): string[] {
  return imports.map((specifier) => sourceOf(path, specifier));
}

/** The source file behind a specifier; of what is built (`bin/` imports that) too. */
function sourceOf(path: string, specifier: string): string {
  if (specifier.startsWith('#')) {
    const [lib, testing] = specifier.slice(1).split('/');
    return `libs/${lib}/src/${testing === undefined ? '' : `${testing}/`}index.ts`;
  }
  return targetOf(path, specifier)
    .replace(/^dist\//, '')
    .replace(/\.js$/, '.ts');
}

/** Names that an index.ts of a lib exports and no file outside of the lib takes: they are nobody else's business. */
export function idleExports(files: readonly SourceFacts[]): string[] {
  const taken = new Set(
    files
      .flatMap(({ path, names }) =>
        names.map(({ from, name }) => ({ index: sourceOf(path, from), name, taker: ownerOf(path) })),
      )
      .filter(({ index, taker }) => ownerOf(index) !== taker)
      .map(({ index, name }) => `${index}: ${name}`),
  );
  return files
    .filter(({ path }) => /^libs\/[^/]+\/src\/(testing\/)?index\.ts$/.test(path))
    .flatMap(({ path, names }) => names.map((name) => `${path}: ${name.as}`))
    .filter((name) => !taken.has(name));
}

/** Apps that Nest does not build. */
const NOT_BY_NEST = ['page'];

/** Differences between nest-cli.json and the folders, by name. */
export function nestProjectProblems(
  projects: Readonly<Record<string, { readonly type: string; readonly root: string }>>,
  folders: readonly string[],
): string[] {
  const wanted = folders.filter((folder) => !NOT_BY_NEST.some((name) => folder === `apps/${name}`));
  const listed = Object.values(projects).map(({ root }) => root);
  return [
    ...wanted
      .filter((folder) => !listed.includes(folder))
      .map((folder) => `${folder} is not in nest-cli.json`),
    ...listed
      .filter((root) => !wanted.includes(root))
      .map((root) => `nest-cli.json lists ${root}, which is not there`),
    ...Object.entries(projects)
      .filter(([name, { type, root }]) => root !== `${type === 'library' ? 'libs' : 'apps'}/${name}`)
      .map(([name]) => `nest-cli.json: ${name} has another type or root than its folder`),
  ];
}
