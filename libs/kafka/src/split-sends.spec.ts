import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OutputRecord } from './partition-task.js';
import { firstOversized, sizeOf, splitSends } from './split-sends.js';

const LIMIT = 1_000;
const limitOf = () => LIMIT;
const records = fc.array(
  fc.record({
    topic: fc.constantFrom('a', 'b'),
    partition: fc.constantFrom(0, 1, 2),
    key: fc.option(fc.string({ maxLength: 20 })),
    value: fc.option(fc.string({ maxLength: 600 })),
    headers: fc.constantFrom({}, { reason: 'LATE' }),
  }),
  { maxLength: 60 },
);

const byPlace = (list: readonly OutputRecord[]) => {
  const places = new Map<string, OutputRecord[]>();
  for (const record of list) {
    const place = `${record.topic}/${record.partition ?? 'home'}`;
    places.set(place, [...(places.get(place) ?? []), record]);
  }
  return places;
};

test('every record is sent once, in order, and no record batch exceeds the limit', () => {
  fc.assert(
    fc.property(records, (list) => {
      const sends = splitSends(list, 9, limitOf);
      expect(byPlace(sends.flat())).toEqual(byPlace(list));
      for (const send of sends) {
        expect(send.length).toBeGreaterThan(0);
        for (const batch of byPlace(send).values()) {
          const size = batch.reduce((sum, record) => sum + sizeOf(record), 61);
          if (batch.length > 1) expect(size).toBeLessThanOrEqual(LIMIT);
        }
      }
    }),
  );
});

test('what fits goes in one send', () => {
  const list = [1, 2, 3].map((i) => ({ topic: 'a', key: `k${i}`, value: 'v' }));
  expect(splitSends(list, 4, limitOf)).toEqual([list.map((record) => ({ ...record, partition: 4 }))]);
});

test('a record that no send can carry is found before it is sent', () => {
  const small = { topic: 'a', key: 'k', value: 'v' };
  const large = { topic: 'a', key: 'k', value: 'v'.repeat(LIMIT) };
  expect(firstOversized([small], limitOf)).toBeUndefined();
  expect(firstOversized([small, large], limitOf)).toBe(large);
});
