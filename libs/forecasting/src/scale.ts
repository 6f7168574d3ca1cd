/** @file The scale of each channel: what a standardised error is divided by, and what ridge and CMamba see.
 *
 *  Law: a few absurd values cannot set the scale: values are clipped at 5 robust deviations from the median first
 *  (1.4826 times the median absolute deviation, which is the standard deviation of a normal variable; Huber and
 *  Ronchetti, Robust Statistics, 2nd ed., 5.1). Observed values only; all series of a stream share the scale. */
import type { TrainingSeries } from './training-series.js';

/** JSON-able: it stands in the artifact of a version as it is. One entry a channel. */
export interface ChannelScales {
  readonly mean: readonly number[];
  /** Greater than zero. */
  readonly deviation: readonly number[];
}

const CLIP = 5;
/** Standard deviation of a normal variable over its median, and over its mean, absolute deviation. */
const BY_MEDIAN = 1.4826;
const BY_MEAN = 1.2533;
/** Below this share of the mean a deviation is rounding, and the channel constant. */
const ROUNDING = 1e-9;

/** Mean and deviation (population) of each channel over the training slice, clipped.
 *  A constant channel has deviation 1 (its own unit) and a channel that was never observed mean 0, deviation 1. */
export function fitScales(training: readonly TrainingSeries[], channels: number): ChannelScales {
  const mean: number[] = [];
  const deviation: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const scale = scaleOf(observedValues(training, channel));
    mean.push(scale.mean);
    deviation.push(scale.deviation);
  }
  return { mean, deviation };
}

/** All values of a channel that were observed. */
export function observedValues(training: readonly TrainingSeries[], channel: number): Float64Array {
  const parts = training.map((series) =>
    (series.values[channel] as Float64Array).filter((value) => !Number.isNaN(value)),
  );
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function scaleOf(values: Float64Array): { mean: number; deviation: number } {
  if (values.length === 0) return { mean: 0, deviation: 1 };
  const median = medianOf(values);
  const distances = values.map((value) => Math.abs(value - median));
  // Where more than half of the values are equal (a visibility of ten miles) the median distance is zero.
  const robust = BY_MEDIAN * medianOf(distances) || BY_MEAN * meanOf(distances);
  const clipped = values.map((value) =>
    Math.min(median + CLIP * robust, Math.max(median - CLIP * robust, value)),
  );
  const mean = meanOf(clipped);
  const deviation = Math.sqrt(meanOf(clipped.map((value) => (value - mean) ** 2)));
  return { mean, deviation: deviation > ROUNDING * Math.abs(mean) ? deviation : 1 };
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
