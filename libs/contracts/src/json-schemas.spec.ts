import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { publishedJsonSchemas } from './json-schemas.js';
import { StreamDefinition } from './stream-definition.js';
import { TOPICS } from './topics.js';

const folder = new URL('../../../schemas/', import.meta.url);

test('schemas/ holds exactly what the sources generate (run `npm run generate` after a change)', () => {
  const onDisk = Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]),
  );
  expect(onDisk).toEqual(publishedJsonSchemas());
});

type JsonSchema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;
const published = Object.entries(publishedJsonSchemas()).map(
  ([file, text]) => [file, JSON.parse(text) as JsonSchema] as const,
);

test.each(TOPICS.flatMap(({ name, schema }) => (schema === null ? [] : [{ name, schema }])))(
  'the schema of topic $name is published, with an example that both take as it stands',
  ({ schema }) => {
    const own = z.toJSONSchema(schema, { io: 'input' });
    const found = published.find(([, json]) => JSON.stringify(json) === JSON.stringify(own));
    const examples = found?.[1].examples ?? [];
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(schema.parse(example)).toEqual(example);
      expect(z.fromJSONSchema(found?.[1] as JsonSchema).parse(example)).toEqual(example);
    }
  },
);

test('a definition that is sent becomes the one that is stored, and each schema takes its own', () => {
  const [input, stored] = ['stream-definition-input.v1.json', 'stream-definition.v1.json'].map(
    (file) => Object.fromEntries(published)[file] as JsonSchema,
  );
  const [sent] = input?.examples as [object];
  expect(z.fromJSONSchema(input as JsonSchema).parse(sent)).toMatchObject(sent);
  expect(StreamDefinition.parse({ ...sent, stream: 'weather' })).toEqual(stored?.examples?.[0]);
});
