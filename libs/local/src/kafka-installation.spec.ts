import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheFolder, prepareOnce } from './cache-folder.js';
import { KAFKA_VERSION, POM, prepareStorage } from './kafka-installation.js';
import { serverProperties } from './kafka-settings.js';
import { projectFile } from './project-file.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcast-install-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the version in the pom is the one that the cache folder is named by', () => {
  expect(readFileSync(projectFile(POM), 'utf8')).toMatch(
    new RegExp(
      `<artifactId>kafka_2.13</artifactId>\\s*<version>${KAFKA_VERSION.replaceAll('.', '\\.')}</version>`,
    ),
  );
});

test.each([
  ['/x', '/x/rollcast'],
  ['relative', 'ignored'],
  [undefined, 'ignored'],
])('XDG_CACHE_HOME %s: an absolute one counts, a relative one does not', (xdg, expected) => {
  const found = cacheFolder({ XDG_CACHE_HOME: xdg });
  if (expected === 'ignored') expect(found).toMatch(/\.cache\/rollcast$/);
  else expect(found).toBe(expected);
});

describe('preparing once', () => {
  test('two at once give one whole folder and no left-overs', async () => {
    const target = join(folder, 'jars');
    const prepare = (mark: string) => async (prepared: string) => {
      writeFileSync(join(prepared, 'first'), mark);
      await new Promise(setImmediate);
      writeFileSync(join(prepared, 'second'), mark);
    };
    await Promise.all([prepareOnce(target, prepare('a')), prepareOnce(target, prepare('b'))]);
    expect(readFileSync(join(target, 'first'), 'utf8')).toBe(readFileSync(join(target, 'second'), 'utf8'));
    expect(readdirSync(folder)).toEqual(['jars']);
    expect(await prepareOnce(target, () => Promise.reject(new Error('prepared twice')))).toBe('present');
  });

  test('a failure leaves nothing that looks prepared', async () => {
    const target = join(folder, 'jars');
    const failing = prepareOnce(target, (prepared) => {
      writeFileSync(join(prepared, 'half'), '');
      return Promise.reject(new Error('no network'));
    });
    await expect(failing).rejects.toThrow('no network');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the storage of a broker', () => {
  const meta = (data: string): string => readFileSync(join(data, 'meta.properties'), 'utf8');

  test('each copy has ids of its own, and data that is there is kept', () => {
    const formatted = join(folder, 'formatted');
    mkdirSync(formatted);
    writeFileSync(
      join(formatted, 'meta.properties'),
      'cluster.id=same\ndirectory.id=same\nnode.id=1\nversion=1\n',
    );
    const installation = { version: KAFKA_VERSION, classPath: '', formatted };
    const [one, two] = [join(folder, 'one', 'kafka'), join(folder, 'two', 'kafka')];
    prepareStorage(installation, one);
    prepareStorage(installation, two);
    expect(meta(one)).not.toBe(meta(two));
    expect(meta(one)).toMatch(
      /^cluster\.id=[\w][\w-]{21}\ndirectory\.id=[\w][\w-]{21}\nnode\.id=1\nversion=1\n$/,
    );
    const before = meta(one);
    prepareStorage(installation, one);
    expect(meta(one)).toBe(before);
    expect(existsSync(`${one}.preparing`)).toBe(false);
  });

  test('no listener is open to another machine', () => {
    const settings = serverProperties({ port: 1, controllerPort: 2, dataFolder: '/d' });
    const hosts = [...settings.matchAll(/:\/\/([^:]*):/g)].map(([, host]) => host);
    expect(hosts).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });
});
