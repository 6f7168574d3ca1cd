/** @file What teaches ridge: one row for an origin and a channel, the normalised lookback against the normalised
 *  truths, weighted by the lookback's own deviation.
 *
 *  Law: gaps never teach. A truth that was not observed is NaN here and drops out of its own lead only; a lookback
 *  that is more filled than observed makes no row. The weight `s` of a row (its square root stands in both sides)
 *  makes a squared normalised error count as the judge's scale has it, and a flat lookback next to nothing.
 *  Origins so new that a truth of theirs lies behind the end teach only where they are many: without them the leads of
 *  a channel without gaps have the same rows, which saves most of the work. Origins are thinned when there are more rows than the work allows: one of every so many, the newest always among
 *  them. Which one goes by the golden ratio: a regular step would fall in with the season, and teach a few hours of the
 *  day only. */
import type { ChannelScales } from '../scale.js';
import type { TrainingSeries } from '../training-series.js';
import { normaliseTrailing } from './trailing-normalisation.js';

export interface RidgeRows {
  readonly rows: number;
  /** `[rows, lookback]`: normalised, times the root of the weight. */
  readonly inputs: Float64Array;
  /** `[rows, horizon]`: normalised, times the root of the weight; NaN: not observed. */
  readonly targets: Float64Array;
}

export interface RidgeShape {
  readonly lookback: number;
  readonly horizon: number;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Multiplications that the normal equations of all channels may cost: half a second or so. */
export const WORK = 5e8;

/** @param work see `WORK`; there are never fewer than two rows for each weight of a lead, if the data has them.
 *  @returns the rows of each channel. */
export function ridgeRows(
  training: readonly TrainingSeries[],
  scales: ChannelScales,
  shape: RidgeShape,
  work = WORK,
): RidgeRows[] {
  const lengths = training.map(({ values }) => values[0]?.length ?? 0);
  const least = leastTruths(lengths, shape);
  const stride = strideOf(lengths, scales.mean.length, shape, work);
  return Array.from(scales.mean, (mean, channel) =>
    channelRows(
      training.map(({ values }) => values[channel] as Float64Array),
      { mean, deviation: scales.deviation[channel] as number },
      shape,
      { least, stride },
    ),
  );
}

/** Truths that must lie between an origin and the end of its run: all, where that costs few origins. */
function leastTruths(lengths: readonly number[], { lookback, horizon }: RidgeShape): number {
  const origins = (truths: number) =>
    lengths.reduce((sum, length) => sum + Math.max(0, length - lookback - truths + 1), 0);
  return origins(horizon) >= 0.9 * origins(1) ? horizon : 1;
}

/** Of so many origins one is taken. */
function strideOf(
  lengths: readonly number[],
  channels: number,
  { lookback, horizon }: RidgeShape,
  work: number,
): number {
  const perRow = (lookback * lookback) / 2 + lookback * horizon;
  const most = Math.max(2 * lookback, Math.floor(work / perRow));
  const origins = lengths.reduce((sum, length) => sum + Math.max(0, length - lookback), 0);
  return Math.max(1, Math.ceil((origins * channels) / most));
}

function channelRows(
  columns: readonly Float64Array[],
  { mean, deviation }: { readonly mean: number; readonly deviation: number },
  { lookback, horizon }: RidgeShape,
  { least, stride }: { readonly least: number; readonly stride: number },
): RidgeRows {
  const most = columns.reduce(
    (sum, { length }) => sum + Math.ceil(Math.max(0, length - lookback) / stride),
    0,
  );
  const inputs = new Float64Array(most * lookback);
  const targets = new Float64Array(most * horizon);
  const normalised = new Float64Array(lookback);
  let rows = 0;
  for (const values of columns) {
    for (const origin of originsOf(values.length - 1 - least, lookback - 1, stride)) {
      const segment = values.subarray(origin + 1 - lookback, origin + 1);
      if (2 * unobserved(segment) > lookback) continue;
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
  return {
    rows,
    inputs: inputs.subarray(0, rows * lookback),
    targets: targets.subarray(0, rows * horizon),
  };
}

/** One of every `stride` grid steps from `newest` down to `oldest`: the fractional parts of the multiples of the golden
 *  ratio are spread evenly, however many there are, and so are the places within a stride. */
function* originsOf(newest: number, oldest: number, stride: number): Generator<number> {
  for (let taken = 0; newest - taken * stride >= oldest; taken++) {
    const origin = newest - taken * stride - Math.floor(((taken * GOLDEN) % 1) * stride);
    if (origin >= oldest) yield origin;
  }
}

function unobserved(segment: Float64Array): number {
  let count = 0;
  for (const value of segment) if (Number.isNaN(value)) count++;
  return count;
}
