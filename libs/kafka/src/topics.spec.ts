import { expect, test } from 'vitest';
import { TopicNames } from './topic-names.js';
import { differencesOf } from './topics.js';

test('a difference is reported with what is wanted and what is there', () => {
  const plan = {
    name: 'frames',
    partitions: 8,
    configs: { 'retention.ms': '5', 'cleanup.policy': 'delete', x: '1' },
  };
  const found = {
    partitions: 4,
    configs: new Map([
      ['retention.ms', '6'],
      ['cleanup.policy', 'delete'],
    ]),
  };
  expect(differencesOf(plan, found)).toEqual([
    { topic: 'frames', what: 'partitions', wanted: '8', found: '4' },
    { topic: 'frames', what: 'retention.ms', wanted: '5', found: '6' },
    { topic: 'frames', what: 'x', wanted: '1', found: '(not set)' },
  ]);
  expect(differencesOf({ ...plan, partitions: 4, configs: {} }, found)).toEqual([]);
});

test('names pass through one prefix, both ways; foreign names are left alone', () => {
  const names = new TopicNames('mine.');
  expect(names.full('frames')).toBe('mine.frames');
  expect(names.short(names.full('frames'))).toBe('frames');
  expect(names.short('other.frames')).toBe('other.frames');
  expect(() => new TopicNames('a/b')).toThrow(/^topic prefix "a\/b"/);
});
