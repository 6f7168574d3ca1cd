/** @file What became of the readings, as Prometheus counters: batch-output.ts' arithmetic made visible.
 *
 *  Law: of one process, sum(rollcast_readings_total) = rollcast_input_records_total. So letters beside that sum
 *  (REASONS_BESIDE) are no outcome: every letter is in rollcast_dead_letters_total. A counter moves after the commit, so
 *  a process that is killed in between never shows its last batch: the log is exact, the metrics are of processes. */
import { type ErrorCode, ERRORS } from '#contracts';
import type { Metrics } from '#platform';
import { type Counter, REASONS_BESIDE } from './batch-output.js';

/** What can become of a whole reading that is no dead letter. */
const OUTCOMES = ['framed', 'duplicate', 'tick', 'forwarded', 'refused'] as const;
/** Counters beside the sum: of the task's name, ours and the help. */
const BESIDE = {
  corrected: ['rollcast_readings_corrected_total', 'Framed readings that replaced a value.'],
  frames: ['rollcast_frames_written_total', 'Frames written.'],
  unknownChannels: ['rollcast_unknown_channels_total', 'Channels dropped because no definition has them.'],
  expired: ['rollcast_series_expired_total', 'Series forgotten after a long silence.'],
} as const satisfies Partial<Record<Counter, readonly [name: string, help: string]>>;

/** The reasons of dead letters. */
const REASONS = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].fate === 'dead-letter');
const isBeside = (reason: ErrorCode) => (REASONS_BESIDE as readonly ErrorCode[]).includes(reason);

/** Takes the counts of one committed batch. */
export type CountReadings = (counts: Readonly<Record<string, number>>) => void;

/** Registers the counters; every label is there from the start, so that a rate of a rare reason is seen. */
export function readingsMetrics(metrics: Metrics): CountReadings {
  const outcomes = metrics.counter('rollcast_readings_total', 'Readings by what became of them.', [
    'outcome',
  ]);
  const letters = metrics.counter(
    'rollcast_dead_letters_total',
    'Dead letters by reason; one of a channel leaves its reading alive, one of STREAM_GONE was framed before.',
    ['reason'],
  );
  const adders = new Map<string, (by: number) => void>();
  for (const outcome of OUTCOMES) adders.set(outcome, (by) => outcomes.inc({ outcome }, by));
  for (const reason of REASONS) {
    const outcome = `dead:${reason}`;
    adders.set(outcome, (by) => {
      letters.inc({ reason }, by);
      if (!isBeside(reason)) outcomes.inc({ outcome }, by);
    });
  }
  for (const [name, [metric, help]] of Object.entries(BESIDE)) {
    const counter = metrics.counter(metric, help);
    adders.set(name, (by) => counter.inc(by));
  }
  // `read` is the runner's own counter.
  for (const add of adders.values()) add(0);
  return (counts) => {
    for (const [name, by] of Object.entries(counts)) adders.get(name)?.(by);
  };
}
