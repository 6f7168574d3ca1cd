import { StreamDefinition } from '#contracts';
import { expect, test } from 'vitest';
import { definitionTable } from './definition-table.js';

test('the topic streams is a table of definitions, each under the name of its stream', async () => {
  const record = (stream: string) =>
    Buffer.from(JSON.stringify({ stream, channels: [{ name: 'a' }], frequency: '1h' }));
  const bytes = new Map([
    ['a', record('a')],
    ['x', record('y')],
  ]);
  let caughtUp = 0;
  const told: string[] = [];
  const table = definitionTable(
    { get: (key) => bytes.get(key), entries: () => bytes, catchUp: async () => void (caughtUp += 1) },
    (stream, problem) => told.push(`${stream}: ${problem}`),
  );
  expect(table.get('a')).toEqual(StreamDefinition.parse(JSON.parse(record('a').toString())));
  expect([...table.all()].map(({ stream }) => stream)).toEqual(['a']);
  expect(told).toEqual(['x: its own key is "y"']);
  await table.catchUp();
  expect(caughtUp).toBe(1);
});
