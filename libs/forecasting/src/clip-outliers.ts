/** @file What is far outside of all that a channel was, taken from what teaches: one value of 1e5 in a sensor's year must
 *  not decide what a forecaster learns from the rest.
 *
 *  Law: values are clipped as far beyond the 1 % and the 99 % quantile as these are apart, and at least five deviations
 *  beyond. So a single value never sets the bounds, and what a channel does more than once in a hundred steps (a machine
 *  that mostly stands still) is never clipped. For fits alone: nothing is judged on a clipped truth, nothing that is
 *  served is clipped. */
import { type ChannelScales, observedValues } from './scale.js';
import type { TrainingSeries } from './training-series.js';

const RARE = 0.01;
/** Deviations, of the channel's scale. */
const LEAST_MARGIN = 5;

/** The training slice, clipped channel by channel; what was not observed stays so. @param scales of the same slice. */
export function clipOutliers(training: readonly TrainingSeries[], scales: ChannelScales): TrainingSeries[] {
  const bounds = scales.deviation.map((deviation, channel) =>
    boundsOf(observedValues(training, channel), LEAST_MARGIN * deviation),
  );
  return training.map(({ firstGridIndex, values }) => ({
    firstGridIndex,
    values: values.map((column, channel) => {
      const { low, high } = bounds[channel] as Bounds;
      return column.map((value) => Math.min(high, Math.max(low, value)));
    }),
  }));
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

function boundsOf(values: Float64Array, leastMargin: number): Bounds {
  values.sort();
  const last = values.length - 1;
  // The order statistics on the inner side: of few values the most extreme one is none of them.
  const low = values[Math.ceil(RARE * last)] ?? 0;
  const high = values[Math.floor((1 - RARE) * last)] ?? 0;
  const margin = Math.max(high - low, leastMargin);
  return { low: low - margin, high: high + margin };
}
