/** @file What teaches ridge: one row for an origin and a channel, the normalised lookback against the normalised
 *  truths, weighted by the lookback's own deviation.
 *
 *  Law: gaps never teach. A truth that was not observed is NaN here and drops out of its own lead only; a lookback
 *  that is more filled than observed makes no row. The weight `s` of a row (its square root stands in both sides)
 *  makes a squared normalised error count as the judge's scale has it, and a flat lookback next to nothing.
 *  Origins are thinned by a stride when there are more rows than the work allows: the newest is always among them. */
import type { ChannelScales } from '../scale.js';
import type { TrainingSeries } from '../training-series.js';
import { normaliseTrailing } from './trailing-normalisation.js';

export interface RidgeRows {
  readonly rows: number;
  /** `[rows, lookback]`: normalised, times the root of the weight. */
  readonly inputs: Float64Array;
  /** `[rows, horizon]`: normalised, times the root of the weight; NaN: not observed. */
  readonly targets: Float64Array;
  /** Every so many-th origin was taken. */
  readonly stride: number;
}

export interface RidgeShape {
  readonly lookback: number;
  readonly horizon: number;
}

/** Multiplications that the normal equations may cost: half a second or so. */
export const WORK = 5e8;

/** @param work see `WORK`; there are never fewer than two rows for each weight of a lead, if the data has them. */
export function ridgeRows(
  training: readonly TrainingSeries[],
  scales: ChannelScales,
  { lookback, horizon }: RidgeShape,
  work = WORK,
): RidgeRows {
  const channels = scales.mean.length;
  const perRow = (lookback * lookback) / 2 + lookback * horizon;
  const most = Math.max(2 * lookback, Math.floor(work / perRow));
  const origins = training.reduce((sum, series) => sum + Math.max(0, lengthOf(series) - lookback), 0);
  const stride = Math.max(1, Math.ceil((origins * channels) / most));

  const taken = training.reduce(
    (sum, series) => sum + Math.ceil(Math.max(0, lengthOf(series) - lookback) / stride),
    0,
  );
  const inputs = new Float64Array(taken * channels * lookback);
  const targets = new Float64Array(taken * channels * horizon);
  const normalised = new Float64Array(lookback);
  let rows = 0;
  for (const series of training) {
    for (let origin = lengthOf(series) - 2; origin >= lookback - 1; origin -= stride) {
      for (let channel = 0; channel < channels; channel++) {
        const values = series.values[channel] as Float64Array;
        const segment = values.subarray(origin + 1 - lookback, origin + 1);
        if (2 * unobserved(segment) > lookback) continue;
        const mean = scales.mean[channel] as number;
        const deviation = scales.deviation[channel] as number;
        const trailing = normaliseTrailing(segment, mean, deviation, normalised);
        const root = Math.sqrt(trailing.deviation);
        for (let step = 0; step < lookback; step++) {
          inputs[rows * lookback + step] = (normalised[step] as number) * root;
        }
        for (let lead = 1; lead <= horizon; lead++) {
          const truth = ((values[origin + lead] ?? NaN) - mean) / deviation;
          targets[rows * horizon + lead - 1] = (truth - trailing.mean) / root;
        }
        rows++;
      }
    }
  }
  return {
    rows,
    inputs: inputs.subarray(0, rows * lookback),
    targets: targets.subarray(0, rows * horizon),
    stride,
  };
}

function unobserved(segment: Float64Array): number {
  let count = 0;
  for (const value of segment) if (Number.isNaN(value)) count++;
  return count;
}

function lengthOf({ values }: TrainingSeries): number {
  return values[0]?.length ?? 0;
}
