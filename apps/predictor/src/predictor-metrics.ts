/** @file What became of the frames, as Prometheus counters, and how fresh forecasts are.
 *
 *  Law: read = evaluations + frames of undefined streams + dead by reason; counters move after the commit. Every
 *  forecast is measured, from the append of the reading that closed its frame to the commit of the forecast. */
import { READING_TIME_HEADER } from '#contracts';
import type { CommittedBatch } from '#kafka';
import type { Metrics } from '#platform';

/** Upper bounds in seconds: two transactions, and whatever lay before them in the queue. */
const LATENCY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** @param now milliseconds of the wall clock */
export function predictorMetrics(metrics: Metrics, now: () => number): (batch: CommittedBatch) => void {
  const frames = metrics.counter('rollcast_frames_total', 'Frames by what became of them.', ['outcome']);
  const forecasts = metrics.counter('rollcast_forecasts_total', 'Forecasts published.');
  const expired = metrics.counter('rollcast_series_expired_total', 'Series forgotten after a long silence.');
  const lost = metrics.counter(
    'rollcast_series_lost_total',
    'Series begun anew at a restart because the log no longer holds their frames.',
  );
  const switches = metrics.counter(
    'rollcast_version_switches_total',
    'Times that a stream in a partition went over to another model version.',
  );
  const refusals = metrics.counter(
    'rollcast_version_refusals_total',
    'Times that a stream in a partition refused a model version.',
  );
  const latency = metrics.histogram(
    'rollcast_forecast_latency_seconds',
    'From the append of the reading that closed the frame to the commit of the forecast.',
    LATENCY_BUCKETS,
  );
  return ({ counts, written }) => {
    for (const [name, by] of Object.entries(counts)) {
      if (name === 'evaluations') frames.inc({ outcome: 'evaluated' }, by);
      else if (name === 'unknownStream') frames.inc({ outcome: 'undefined stream' }, by);
      else if (name.startsWith('dead:')) frames.inc({ outcome: name }, by);
      else if (name === 'forecasts') forecasts.inc(by);
      else if (name === 'expired') expired.inc(by);
      else if (name === 'lost') lost.inc(by);
      else if (name === 'switch') switches.inc(by);
      else if (name === 'refusal') refusals.inc(by);
    }
    const committed = now();
    for (const { topic, headers } of written) {
      if (topic !== 'forecasts') continue;
      const since = Number(headers?.[READING_TIME_HEADER]);
      latency.observe(Math.max(0, committed - since) / 1_000);
    }
  };
}
