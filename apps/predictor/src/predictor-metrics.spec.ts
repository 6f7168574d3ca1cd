import { READING_TIME_HEADER } from '#contracts';
import type { CommittedBatch } from '#kafka';
import { Metrics } from '#platform';
import { expect, test } from 'vitest';
import { predictorMetrics } from './predictor-metrics.js';

const committed = (counts: Record<string, number>, ...readingTimes: number[]): CommittedBatch => ({
  partition: 0,
  records: counts['read'] ?? 0,
  counts,
  next: 1n,
  lag: 0n,
  written: [
    ...readingTimes.map((time) => ({
      topic: 'forecasts',
      key: 's/x',
      value: '{}',
      headers: { [READING_TIME_HEADER]: String(time) },
    })),
    { topic: 'evaluations', key: 's/x', value: '{}' },
  ],
  durationMs: 5,
});

test('what became of the frames adds up to the frames read; versions are counted apart', async () => {
  const metrics = new Metrics('predictor');
  const count = predictorMetrics(metrics, () => 1_300);
  const counts = {
    read: 9,
    evaluations: 5,
    forecasts: 3,
    unknownStream: 1,
    'dead:LATE': 2,
    'dead:NOT_JSON': 1,
    expired: 4,
    switch: 1,
    refusal: 2,
  };
  // A broker's clock may be ahead of ours.
  count(committed(counts, 1_000, 800, 1_400));
  // Nothing was forecast: nothing was late either.
  count(committed({ read: 1, unknownStream: 1 }));
  const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('rollcast_'));
  const sum = (name: string) =>
    lines
      .filter((line) => line.startsWith(name))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  expect(sum('rollcast_frames_total')).toBe(10);
  expect(sum('rollcast_frames_total{outcome="dead:LATE"')).toBe(2);
  expect(sum('rollcast_frames_total{outcome="undefined stream"')).toBe(2);
  expect(sum('rollcast_forecasts_total')).toBe(3);
  expect(sum('rollcast_series_expired_total')).toBe(4);
  expect(sum('rollcast_version_switches_total')).toBe(1);
  expect(sum('rollcast_version_refusals_total')).toBe(2);
  expect(sum('rollcast_forecast_latency_seconds_count')).toBe(3);
  expect(sum('rollcast_forecast_latency_seconds_sum')).toBeCloseTo(0.8);
});
