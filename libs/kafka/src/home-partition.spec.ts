import fc from 'fast-check';
import { kafkajs } from './kafkajs.js';
import { expect, test } from 'vitest';
import { homePartition, murmur2 } from './home-partition.js';

// From Apache Kafka's own UtilsTest.testMurmur2.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of "%s" is what the Java client computes', (key, expected) => {
  expect(murmur2(Buffer.from(key))).toBe(expected);
});

test('a key lands where the Java-compatible partitioner of another implementation puts it', () => {
  const partitioner = kafkajs.Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 64 }),
      (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionId,
          leader: 1,
          partitionErrorCode: 0,
          replicas: [1],
          isr: [1],
        }));
        const message = { key: Buffer.from(key), value: null };
        const theirs = partitioner({ topic: 't', partitionMetadata, message });
        expect(homePartition(key, count)).toBe(theirs);
      },
    ),
    { numRuns: 500 },
  );
});

test('the sign is masked, not taken as an absolute value', () => {
  // murmur2 of "21" is negative: with the absolute value it would be partition 8 of 10.
  expect(homePartition('21', 10)).toBe((-973932308 & 0x7fffffff) % 10);
  expect(homePartition('21', 10)).not.toBe(973932308 % 10);
});

test.each([0, -1, 1.5, Number.NaN])('a partition count of %s is refused', (count) => {
  expect(() => homePartition('k', count)).toThrow(/no home among/);
});
