import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = [
  'README.md',
  'NOTICE',
  'data/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Paths of this repository that a text names: in back quotes from the root, in links from its own folder. */
function namedPaths(text: string, folder: string): string[] {
  const quoted = [
    ...text.matchAll(/`((?:apps|libs|test|docs|deploy|data|schemas|bin|bench)\/[^`*{}<> ]*)`/g),
  ];
  const linked = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)];
  return [
    ...quoted.map(([, path]) => path as string),
    ...linked.map(([, path]) => join(folder, path as string)),
  ];
}

const missing = (text: string, folder = '.') =>
  namedPaths(text, folder).filter((path) => !existsSync(join(root, path)));

describe('what the documents name', () => {
  test.each(documents)('%s names files that exist', (document) => {
    expect(missing(readFileSync(join(root, document), 'utf8'), dirname(document))).toEqual([]);
  });

  test('a file that was renamed is found out', () => {
    expect(missing('see `libs/engine/src/fit.ts` and [this](errors.md), [that](error.md)', 'docs')).toEqual([
      'libs/engine/src/fit.ts',
      'docs/error.md',
    ]);
    expect(documents.length).toBeGreaterThan(8);
  });
});
