import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../bin', import.meta.url));
let project = '';

function write(path: string, content: string | object): void {
  const file = join(project, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

/** A project as small as the scripts allow: its build copies nothing but says that it ran, its tests are a script. */
function writeProject(
  change: { engines?: string; build?: string; check?: string; tests?: string } = {},
): void {
  const vitest = { vitest: 'file:fake-vitest' };
  write('package.json', {
    name: 'small',
    version: '1.0.0',
    type: 'module',
    engines: { node: change.engines ?? '>=20.0.0' },
    scripts: { build: change.build ?? 'echo compiled', check: change.check ?? 'echo checked' },
    devDependencies: vitest,
  });
  write('package-lock.json', {
    name: 'small',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'small', version: '1.0.0', devDependencies: vitest },
      'fake-vitest': { name: 'vitest', version: '1.0.0', dev: true },
      'node_modules/vitest': { resolved: 'fake-vitest', link: true },
    },
  });
  write('fake-vitest/package.json', { name: 'vitest', version: '1.0.0' });
  write('fake-vitest/vitest.mjs', change.tests ?? COUNTED);
  write('tsconfig.json', {});
  write('tsconfig.build.json', {});
  write('libs/a/src/index.ts', 'export const a = 1;');
  // What the command line is once it is built.
  write(
    'dist/apps/cli/src/main.js',
    'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;',
  );
}

const COUNTED = `
  process.send({ rollcast: 'counted' });
  console.log('ran ' + JSON.stringify(process.argv.slice(2)));
  process.on('exit', () => console.log('3 passed, 0 failed'));`;

function run(script: string, args: string[] = [], env: Record<string, string> = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => name !== 'CI' && !name.startsWith('npm_'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, 'bin', script), ...args], {
    encoding: 'utf8',
    env: { ...Object.fromEntries(inherited), ...env },
  });
  return { status, stdout, stderr, lastLine: stdout.trimEnd().split('\n').at(-1) };
}

// Installing takes a second or two: once for all, and each test gets a copy.
let installed = '';
beforeAll(() => {
  installed = realpathSync(mkdtempSync(join(tmpdir(), 'rollcast-bin-')));
  project = installed;
  cpSync(bin, join(project, 'bin'), { recursive: true });
  writeProject();
  run('rollcast.mjs');
});
afterAll(() => rmSync(installed, { recursive: true, force: true }));
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'rollcast-bin-')));
  cpSync(installed, project, { recursive: true, verbatimSymlinks: true });
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

describe('the command line', () => {
  test('installs and builds a fresh clone, then is the command: arguments in, exit code out', () => {
    for (const path of ['node_modules', 'dist/.rollcast-build'])
      rmSync(join(project, path), { recursive: true });
    const first = run('rollcast.mjs', ['demo', '--exit']);
    expect(first.stderr).toMatch(/installing .*: done in [\d.]+ s\n[^]*building: done in [\d.]+ s\n/);
    expect([first.status, first.stdout]).toEqual([7, '["demo","--exit"]\n']);
  });

  test('says nothing when everything is up to date, and builds again only when a source has changed', () => {
    expect(run('rollcast.mjs').stderr).toBe('');
    write('libs/a/src/index.spec.ts', 'a spec is not built');
    expect(run('rollcast.mjs').stderr).toBe('');
    write('libs/a/src/index.ts', 'export const a = 2;');
    const { stderr } = run('rollcast.mjs');
    expect(stderr).toContain('building');
    expect(stderr).not.toContain('installing');
  });

  test('installs again when the lockfile has changed', () => {
    const later = JSON.stringify({ lockfileVersion: 3, requires: true, packages: {} }, null, 1);
    write('package.json', {
      name: 'small',
      engines: { node: '>=20.0.0' },
      scripts: { build: 'echo compiled' },
    });
    write('package-lock.json', later);
    expect(run('rollcast.mjs').stderr).toContain('installing');
  });

  test('ends with a failed build, and does not take it for done the next time', () => {
    writeProject({ build: 'exit 5' });
    for (const attempt of [1, 2]) {
      const { status, stdout, stderr } = run('rollcast.mjs');
      expect({ attempt, status, stdout }).toEqual({ attempt, status: 5, stdout: '' });
      expect(stderr).toContain('building: failed');
    }
  });

  test.each([
    ['^99.1.0 || >=100.2.0', 1],
    ['>=20.0.0', 7],
    ['^18.0.0 || >=20.0.0', 7],
  ])('with engines "%s" ends with %i', (engines, status) => {
    writeProject({ engines });
    const result = run('rollcast.mjs');
    expect(result.status).toBe(status);
    if (status === 1)
      expect(result.stderr).toContain(`this is Node ${process.version}, and Rollcast needs ${engines}`);
  });
});

describe('npm test', () => {
  test('checks, runs everything and ends with the count', () => {
    const { status, stdout, stderr, lastLine } = run('test.mjs');
    expect([status, lastLine]).toEqual([0, '3 passed, 0 failed']);
    expect(stdout).toContain('ran ["run"]');
    expect(stderr).toContain('checked');
  });

  test.each([
    ['files alone are not checked', ['libs/a'], {}, false],
    ['files with CI=true are', ['libs/a'], { CI: 'true' }, true],
    ['the name of a test is no file', ['-t', 'ingest'], {}, true],
  ] as const)('%s', (_, args, env, checked) => {
    const { stdout, stderr } = run('test.mjs', [...args], env);
    expect(stderr.includes('checked')).toBe(checked);
    expect(stdout).toContain(`ran ${JSON.stringify(['run', ...args])}`);
  });

  test.each([
    ['a failed check', { check: 'exit 4' }, 4],
    ['a failed build', { build: 'exit 4' }, 4],
    ['tests that never came to their count', { tests: 'process.exit(4)' }, 4],
  ])('%s is an honest last line and exit code', (_, change, code) => {
    writeProject(change);
    const { status, lastLine } = run('test.mjs');
    expect([status, lastLine]).toEqual([code, '0 passed, 1 failed']);
  });
});
