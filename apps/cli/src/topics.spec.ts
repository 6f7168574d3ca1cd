import { expect, test } from 'vitest';
import { topicPlans } from './topic-plans.js';
import { differenceLines, topicTable } from './topics.js';

test('another partition count stands in the table, and what to do about it is said once', () => {
  const differences = ['readings', 'frames'].map((topic) => ({
    topic,
    what: 'partitions',
    wanted: '3',
    found: '6',
  }));
  const other = { topic: 'models', what: 'retention.ms', wanted: '-1', found: '5' };
  const found = { created: [], existing: [], missing: [], differences: [...differences, other] };
  const lines = topicTable('p.', topicPlans({ partitions: 3 }), found, 80);
  expect(lines.filter((line) => line.endsWith('has 6, not 3'))).toHaveLength(2);
  expect(lines.some((line) => / there$/.test(line))).toBe(true);
  expect(differenceLines('p.', found)).toEqual([
    expect.stringContaining('another ROLLCAST_PREFIX') as string,
    'p.models: retention.ms is 5, not -1 (kafka-configs --alter sets it, if it is not meant so)',
  ]);
});
