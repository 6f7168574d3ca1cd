import { expect, test } from 'vitest';
import { ERRORS, type ErrorCode, RollcastError } from '#contracts';
import { isOfTheWorld, PoisonWatch } from './poison.js';

const at = (...offsets: number[]) => offsets.map((offset) => ({ offset: BigInt(offset) }));
const boom = new Error('boom');

test('a batch that threw is replayed record by record, then batches are as usual', () => {
  const watch = new PoisonWatch();
  expect(watch.batchLimit(0n, 500)).toBe(500);
  watch.threw(at(3, 4, 7), boom);
  expect([3n, 7n, 8n].map((offset) => watch.batchLimit(offset, 500))).toEqual([1, 1, 500]);
  watch.committed(8n);
  expect(watch.batchLimit(3n, 500)).toBe(500);
});

test('a record is rejected after it has thrown alone twice, not before', () => {
  const watch = new PoisonWatch();
  watch.threw(at(3, 4), boom);
  expect(watch.rejection({ offset: 3n })).toBeUndefined();
  watch.threw(at(4), boom);
  expect(watch.rejection({ offset: 4n })).toBeUndefined();
  watch.threw(at(4), boom);
  expect(watch.rejection({ offset: 4n })).toEqual({ error: boom });
  expect(watch.rejection({ offset: 5n })).toBeUndefined();
  watch.committed(5n);
  expect(watch.rejection({ offset: 4n })).toBeUndefined();
});

test('another record that throws in between starts its own count', () => {
  const watch = new PoisonWatch();
  watch.threw(at(4), boom);
  watch.threw(at(3), boom);
  watch.threw(at(4), boom);
  expect(watch.rejection({ offset: 4n })).toBeUndefined();
});

test('a record is to blame for what our code throws on it, and for nothing that the world does', () => {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  expect(codes.filter((code) => isOfTheWorld(new RollcastError(code)))).toEqual([
    'VERSION_WITHDRAWN',
    'BROKER_UNAVAILABLE',
    'REDIS_UNAVAILABLE',
    'STORE_UNAVAILABLE',
    'SERVICE_UNAVAILABLE',
    'TOPIC_MISSING',
    'FENCED',
    'RELEASED',
    'CHANGELOG_LOST',
    'RETENTION_GAP',
    'INPUT_LOST',
    'PARTITIONS_CHANGED',
  ]);
  expect(isOfTheWorld(new TypeError('x is not a function'))).toBe(false);
});
