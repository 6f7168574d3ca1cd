import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputQueue } from './input-queue.js';
import type { InputRecord } from './partition-task.js';

const record = (offset: bigint): InputRecord => ({
  topic: 'in',
  partition: 0,
  offset,
  timestamp: 0,
  key: null,
  value: Buffer.from('v'),
  headers: {},
});
const LIMITS = { maxRecords: 10, maxBytes: 1 << 20 };

test('whatever is fetched twice or from before comes out once and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(60), fc.nat(12)), { maxLength: 30 }), (fetches) => {
      const queue = new InputQueue(5n, LIMITS);
      const out: bigint[] = [];
      for (const [from, count] of fetches) {
        const records = Array.from({ length: count }, (_, index) => record(BigInt(from + index)));
        const next = BigInt(from + count);
        const expected = queue.fetchNext;
        const taken = queue.push(records, { from: BigInt(from), next, endOffset: next });
        expect(taken).toBe(BigInt(from) <= expected);
        out.push(...queue.take(100, 1 << 20).map(({ offset }) => offset));
      }
      expect(out).toEqual(out.map((_, index) => 5n + BigInt(index)));
    }),
  );
});

test('a fetch that begins behind what is expected is a hole and is refused', () => {
  const queue = new InputQueue(5n, LIMITS);
  expect(queue.push([record(7n)], { from: 7n, next: 8n, endOffset: 8n })).toBe(false);
  expect(queue.length).toBe(0);
  // A gap inside a fetch is no hole: markers and aborted records lie there.
  expect(queue.push([record(7n)], { from: 5n, next: 8n, endOffset: 8n })).toBe(true);
});

test('it is full at its limit and has room again at half of it', () => {
  const queue = new InputQueue(0n, LIMITS);
  const records = Array.from({ length: 10 }, (_, index) => record(BigInt(index)));
  queue.push(records, { from: 0n, next: 10n, endOffset: 10n });
  expect([queue.isFull, queue.hasRoom]).toEqual([true, false]);
  queue.take(4, 1 << 20);
  expect([queue.isFull, queue.hasRoom]).toEqual([false, false]);
  queue.take(1, 1 << 20);
  expect(queue.hasRoom).toBe(true);
});

test('a batch is bounded by bytes, but never empty', () => {
  const queue = new InputQueue(0n, LIMITS);
  queue.push([record(0n), record(1n)], { from: 0n, next: 2n, endOffset: 2n });
  expect(queue.take(10, 1)).toHaveLength(1);
});

test('the lag counts what waits and what is not fetched, and a skipped marker is no lag', () => {
  const queue = new InputQueue(0n, LIMITS);
  queue.push([record(0n)], { from: 0n, next: 1n, endOffset: 4n });
  expect(queue.lag).toBe(4n);
  queue.take(1, 1 << 20);
  expect(queue.lag).toBe(3n);
  queue.skip(4n);
  expect(queue.lag).toBe(0n);
});
