import { StreamDefinition } from '#contracts';
import { expect, test } from 'vitest';
import { definitionTable } from './definition-table.js';

const record = (stream: string, change: object = {}) =>
  Buffer.from(JSON.stringify({ stream, channels: [{ name: 'a' }], frequency: '1h', ...change }));

test('a table of bytes is one of definitions, each the same object until its record changes', async () => {
  const bytes = new Map([['a', record('a')]]);
  let caughtUp = 0;
  const table = definitionTable(
    { get: (key) => bytes.get(key), entries: () => bytes, catchUp: async () => void (caughtUp += 1) },
    () => expect.unreachable(),
  );
  const first = table.get('a');
  expect(first).toEqual(StreamDefinition.parse(JSON.parse(record('a').toString())));
  expect(table.get('a')).toBe(first);
  bytes.set('a', record('a', { lateness: '10m' }));
  expect(table.get('a')?.lateness).toBe('10m');
  expect(table.get('b')).toBeNull();
  await table.catchUp();
  expect(caughtUp).toBe(1);
});

test.each([
  ['no JSON', Buffer.from('{'), /not JSON/],
  ['no definition', record('x', { frequency: 'hourly' }), /write a duration/],
  ['of another stream', record('y'), /it defines stream "y"/],
])('a record that is %s is no stream, is told once, and hides no other', (_, bad, problem) => {
  const bytes = new Map([
    ['x', bad],
    ['z', record('z')],
  ]);
  const told: string[] = [];
  const table = definitionTable(
    { get: (key) => bytes.get(key), entries: () => bytes, catchUp: async () => undefined },
    (stream, what) => told.push(`${stream}: ${what}`),
  );
  expect(table.get('x')).toBeNull();
  expect([...table.all()].map(({ stream }) => stream)).toEqual(['z']);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(problem);
});
