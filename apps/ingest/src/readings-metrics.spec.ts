import { Metrics } from '#platform';
import { expect, test } from 'vitest';
import { REASONS_BESIDE } from './batch-output.js';
import { readingsMetrics } from './readings-metrics.js';
import { reading, run, toRecords } from './testing/task-bench.js';

/** `name{labels}` -> value, without the platform's own. */
async function samples(metrics: Metrics): Promise<Map<string, number>> {
  const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('rollcast_'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}
const sumOf = (found: Map<string, number>, name: string) =>
  [...found].filter(([key]) => key.startsWith(`${name}{`)).reduce((sum, [, value]) => sum + value, 0);

test('outcomes add up to the readings read, and all letters are counted by reason', async () => {
  const metrics = new Metrics('ingest');
  const count = readingsMetrics(metrics);
  const zero = await samples(metrics);
  expect(zero.get('rollcast_readings_total{outcome="dead:LATE",service="ingest"}')).toBe(0);
  for (const reason of REASONS_BESIDE) {
    expect(zero.get(`rollcast_dead_letters_total{reason="${reason}",service="ingest"}`)).toBe(0);
    expect([...zero.keys()].some((key) => key.includes(`outcome="dead:${reason}"`))).toBe(false);
  }

  const result = await run(
    toRecords([
      { value: reading(1, { load: 1, speed: 999, other: 3 }) },
      { value: reading(1, { load: 1, other: 3 }) },
      { value: reading(2, { speed: 999 }) },
      { value: reading(3) },
      { value: 'no json' },
      { value: reading(1, { load: 1 }, 'x', 'kiln') },
      { value: reading(100, { load: 1 }) },
      { value: reading(4, { load: 1 }) },
    ]),
  );
  count(result.counts);
  const found = await samples(metrics);
  expect(sumOf(found, 'rollcast_readings_total')).toBe(result.counts['read']);
  expect(sumOf(found, 'rollcast_dead_letters_total')).toBe(
    result.records.filter(({ topic }) => topic === 'readings.dead').length,
  );
  expect(sumOf(found, 'rollcast_frames_written_total')).toBe(result.counts['frames']);
  const outcome = (name: string) => found.get(`rollcast_readings_total{outcome="${name}",service="ingest"}`);
  expect(['framed', 'duplicate', 'refused', 'tick', 'dead:LATE'].map(outcome)).toEqual([2, 1, 1, 1, 1]);
});
