import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ChangelogRestore,
  checkPosition,
  commitRecords,
  decodePosition,
  encodePosition,
  fenceRecord,
  positionAfter,
} from './changelog.js';
import type { InputRecord, TaskOutput } from './partition-task.js';

const output = (extra: Partial<TaskOutput> = {}): TaskOutput => ({
  records: [],
  changes: [],
  counts: {},
  ...extra,
});
const stored = (key: string, value: string | null) => ({
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
});
const record = (offset: bigint): InputRecord => ({
  topic: 'in',
  partition: 0,
  offset,
  timestamp: 0,
  key: null,
  value: null,
  headers: {},
});

describe('the position', () => {
  test('comes back as it was written, beyond 2^53 too', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 2n ** 63n - 1n),
        fc.option(fc.bigInt(0n, 2n ** 63n - 1n)),
        fc.option(fc.nat(), { nil: undefined }),
        fc.jsonValue(),
        (next, last, partitions, state) => {
          const partitionState: unknown = JSON.parse(JSON.stringify(state));
          const position = { next, last, partitions, partitionState };
          expect(decodePosition(encodePosition(position))).toEqual(position);
        },
      ),
    );
  });

  test('is behind the last record, and keeps the partition state that the output does not give', () => {
    const before = { next: 5n, last: 4n, partitionState: { a: 1 } };
    expect(positionAfter(before, [record(5n), record(9n)], output(), 4)).toEqual({
      next: 10n,
      last: 9n,
      partitions: 4,
      partitionState: { a: 1 },
    });
    const given = output({ partitionState: { a: 2 } });
    expect(positionAfter(before, [record(5n)], given, 4).partitionState).toEqual({ a: 2 });
  });

  test('a value that nobody of us wrote is our bug', () => {
    expect(() => decodePosition('{"next":"x"}')).toThrow(/INTERNAL|our bug/);
  });
});

describe('a commit', () => {
  test('holds outputs, changes and position, in this order, the changelog in its own partition', () => {
    const position = { next: 3n, last: 2n, partitionState: null };
    const written = commitRecords(
      'log',
      7,
      output({ records: [{ topic: 'out', key: 'k', value: 'v' }], changes: [{ key: 's', value: null }] }),
      position,
    );
    expect(written.map(({ topic, key }) => `${topic}:${String(key)}`)).toEqual([
      'out:k',
      'log:s',
      'log:position',
    ]);
    expect(written.slice(1).every(({ partition }) => partition === 7)).toBe(true);
  });

  test.each(['position', 'fence'])('a change of the reserved key "%s" is refused', (key) => {
    const position = { next: 1n, last: 0n, partitionState: null };
    expect(() => commitRecords('log', 0, output({ changes: [{ key, value: 'x' }] }), position)).toThrow(
      /reserved/,
    );
  });
});

describe('a restore', () => {
  test('ends at the own fence and at no other', () => {
    const restore = new ChangelogRestore('mine');
    const fence = (nonce: string) => stored('fence', String(fenceRecord('log', 0, nonce).value));
    expect(restore.isOwnFence(fence('other'))).toBe(false);
    expect(restore.isOwnFence(stored('a', 'mine'))).toBe(false);
    expect(restore.isOwnFence(fence('mine'))).toBe(true);
  });

  test('gives the newest value a key, forgets tombstones, and hides the reserved keys', () => {
    const restore = new ChangelogRestore('mine');
    const position = encodePosition({ next: 2n, last: 1n, partitionState: null });
    const records = [
      stored('a', '1'),
      stored('b', '1'),
      stored('fence', 'old'),
      stored('a', '2'),
      stored('b', null),
      stored('position', position),
    ];
    records.forEach((one) => restore.add(one));
    expect([...restore.entries]).toEqual([['a', '2']]);
    expect(restore.position?.next).toBe(2n);
  });
});

describe('an opening is refused', () => {
  const found = {
    inputTopic: 'in',
    changelogTopic: 'log',
    partition: 0,
    partitions: 4,
    position: { next: 10n, last: 9n, partitions: 4, partitionState: null },
    groupOffset: 10n,
    low: 0n,
    end: 20n,
  };
  test.each([
    ['when the changelog is empty but the group has worked', { position: null }, 'CHANGELOG_LOST'],
    ['when retention took what comes next', { low: 11n }, 'RETENTION_GAP'],
    ['when the input ends before the position', { end: 9n }, 'INPUT_LOST'],
    ['when the input was given more partitions', { partitions: 6 }, 'PARTITIONS_CHANGED'],
  ])('%s', (_name, change, code) => {
    expect(() => checkPosition({ ...found, ...change })).toThrow(expect.objectContaining({ code }));
  });
  test.each([
    ['a first start', { position: null, groupOffset: null }],
    ['a position at the very beginning of what is held', { low: 10n }],
    ['a position at the end', { end: 10n }],
    ['a position that says no partitions', { position: { next: 10n, last: 9n, partitionState: null } }],
  ])('but not for %s', (_name, change) => {
    expect(() => checkPosition({ ...found, ...change })).not.toThrow();
  });
});
