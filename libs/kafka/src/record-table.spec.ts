import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { recordReader, RecordTable } from './record-table.js';

const Room = z.object({ house: z.string(), room: z.string(), size: z.int().default(1) });
const readRoom = recordReader(Room, ({ house, room }) => `${house}/${room}`);
const record = (house: string, room: string, change: object = {}) =>
  Buffer.from(JSON.stringify({ house, room, ...change }));

/** A table over these bytes, and what it has told of them. */
function tableOf(entries: Readonly<Record<string, Buffer>>) {
  const bytes = new Map(Object.entries(entries));
  const told: string[] = [];
  const table = new RecordTable(
    { get: (key) => bytes.get(key), entries: () => bytes, catchUp: async () => undefined },
    readRoom,
    (key, problem) => told.push(`${key}: ${problem}`),
  );
  return { bytes, table, told };
}

describe('a table of records', () => {
  test('reads by the schema, and gives the same object until its record changes', () => {
    const { bytes, table, told } = tableOf({ 'a/hall': record('a', 'hall') });
    const first = table.get('a/hall');
    expect(first).toEqual({ house: 'a', room: 'hall', size: 1 });
    expect(table.get('a/hall')).toBe(first);
    expect([...table.all()][0]).toBe(first);
    bytes.set('a/hall', record('a', 'hall', { size: 2 }));
    expect(table.get('a/hall')?.size).toBe(2);
    expect(table.get('a/attic')).toBeNull();
    expect(told).toEqual([]);
  });

  test.each([
    ['no JSON', Buffer.from('{'), /^a\/hall: it is not JSON/],
    ['of another schema', record('a', 'hall', { size: 'large' }), /^a\/hall: .*size/],
    ['of another key', record('b', 'hall'), /^a\/hall: its own key is "b\/hall"/],
  ])('passes over one that is %s, tells of it once, and hides no other', (_, bad, problem) => {
    const { table, told } = tableOf({ 'a/hall': bad, 'a/attic': record('a', 'attic') });
    expect(table.get('a/hall')).toBeNull();
    expect([...table.all()].map(({ room }) => room)).toEqual(['attic']);
    expect(told).toEqual([expect.stringMatching(problem)]);
  });

  test('reads only what is asked for', () => {
    const { table, told } = tableOf({ 'ab/hall': Buffer.from('{'), 'a/hall': record('a', 'hall') });
    expect([...table.all('a/')]).toHaveLength(1);
    expect(told).toEqual([]);
  });
});
