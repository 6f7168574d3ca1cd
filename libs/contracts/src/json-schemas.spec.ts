import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { publishedJsonSchemas } from './json-schemas.js';

const folder = new URL('../../../schemas/', import.meta.url);

test('schemas/ holds exactly what the sources generate (run `npm run generate` after a change)', () => {
  const onDisk = Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]),
  );
  expect(onDisk).toEqual(publishedJsonSchemas());
});
