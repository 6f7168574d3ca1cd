/** @file Ridge: the best linear path from a normalised lookback to the horizon, shared by all channels and series.
 *
 *  Law: lead by lead the weights minimise
 *  `sum over rows of (weighted truth - weighted lookback . W)^2 + lambda * |W|^2`,
 *  a strictly convex problem, so the solution of the normal equations is its global optimum (Hoerl and Kennard 1970).
 *  `lambda` is 1e-3 of the mean diagonal of the Gram matrix, so it follows the scale and the number of the rows.
 *  A truth that was not observed drops out of its own lead: the leads share one Gram matrix, and a lead with missing
 *  truths takes their rows out of a copy of it. CMamba's linear path starts from these weights. */
import type { Forecaster } from '../forecaster.js';
import type { HistoryRing } from '../history-ring.js';
import type { ChannelScales } from '../scale.js';
import type { TrainingSeries } from '../training-series.js';
import { choleskyFactor, choleskySolve } from './cholesky.js';
import { addGram, addProjected } from './gram.js';
import { type RidgeRows, ridgeRows, type RidgeShape } from './ridge-rows.js';
import { ringForecaster } from './ring-forecaster.js';
import { normaliseTrailing } from './trailing-normalisation.js';

/** Regularisation as a share of the mean diagonal of the Gram matrix. */
export const LAMBDA = 1e-3;

export interface RidgeFit {
  /** `[lookback, horizon]`: forecast of lead `k`, normalised, is `sum over i of lookback[i] * weights[i, k - 1]`. */
  readonly weights: Float64Array;
  /** Rows that taught. 0: the weights are all zero, and the forecast is the mean of the lookback. */
  readonly rows: number;
  readonly stride: number;
}

/** Fits the weights on a training slice; deterministic. */
export function fitRidge(
  training: readonly TrainingSeries[],
  scales: ChannelScales,
  shape: RidgeShape,
): RidgeFit {
  const rows = ridgeRows(training, scales, shape);
  return { weights: solveRidge(rows, shape), rows: rows.rows, stride: rows.stride };
}

/** The weights `[lookback, horizon]` of these rows. */
export function solveRidge(
  { rows, inputs, targets }: RidgeRows,
  { lookback, horizon }: RidgeShape,
): Float64Array {
  const weights = new Float64Array(lookback * horizon);
  const everyRow = Int32Array.from({ length: rows }, (_, row) => row);
  const gram = new Float64Array(lookback * lookback);
  addGram(inputs, lookback, everyRow, 1, gram);
  const whole = regularised(gram, lookback);
  const factor = whole === null ? null : choleskyFactor(whole, lookback);
  const right = new Float64Array(lookback * horizon);
  addProjected(inputs, targets, lookback, horizon, rows, right);

  const missing = missingRows(targets, horizon, rows);
  const column = new Float64Array(lookback);
  for (let lead = 0; lead < horizon; lead++) {
    const own = factorWithout(missing[lead] as number[], { inputs, gram, lookback, rows }, factor);
    if (own === null) continue;
    for (let step = 0; step < lookback; step++) column[step] = right[step * horizon + lead] as number;
    choleskySolve(own, lookback, column);
    for (let step = 0; step < lookback; step++) weights[step * horizon + lead] = column[step] as number;
  }
  return weights;
}

interface WholeGram {
  readonly inputs: Float64Array;
  readonly gram: Float64Array;
  readonly lookback: number;
  readonly rows: number;
}

/** The factor of the Gram matrix without some rows; null: nothing is left to learn from. */
function factorWithout(
  missing: readonly number[],
  { inputs, gram, lookback, rows }: WholeGram,
  whole: Float64Array | null,
): Float64Array | null {
  if (missing.length === 0) return whole;
  const rest = new Float64Array(lookback * lookback);
  if (2 * missing.length < rows) {
    rest.set(gram);
    addGram(inputs, lookback, Int32Array.from(missing), -1, rest);
  } else {
    const gone = new Set(missing);
    const present = Array.from({ length: rows }, (_, row) => row).filter((row) => !gone.has(row));
    addGram(inputs, lookback, Int32Array.from(present), 1, rest);
  }
  const matrix = regularised(rest, lookback);
  return matrix === null ? null : choleskyFactor(matrix, lookback);
}

/** Gram + lambda; null where the rows hold nothing but zeros. */
function regularised(gram: Float64Array, size: number): Float64Array | null {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += gram[i * size + i] as number;
  if (!(trace > 0)) return null;
  const matrix = gram.slice();
  for (let i = 0; i < size; i++)
    matrix[i * size + i] = (matrix[i * size + i] as number) + (LAMBDA * trace) / size;
  return matrix;
}

function missingRows(targets: Float64Array, horizon: number, rows: number): number[][] {
  const missing: number[][] = Array.from({ length: horizon }, () => []);
  for (let row = 0; row < rows; row++) {
    for (let lead = 0; lead < horizon; lead++) {
      if (Number.isNaN(targets[row * horizon + lead])) missing[lead]?.push(row);
    }
  }
  return missing;
}

export interface RidgeSettings extends RidgeShape {
  readonly scales: ChannelScales;
  /** `[lookback, horizon]`, of `fitRidge`. */
  readonly weights: ArrayLike<number>;
}

export function ridgeForecaster({
  lookback,
  horizon,
  scales,
  weights,
}: RidgeSettings): Forecaster<HistoryRing> {
  const normalised = new Float64Array(lookback);
  // The same weights with the lookback innermost: one sum a lead.
  const byLead = Float64Array.from({ length: lookback * horizon }, (_, at) => {
    const [lead, step] = [Math.floor(at / lookback), at % lookback];
    return weights[step * horizon + lead] as number;
  });
  return ringForecaster({
    kind: 'ridge',
    channels: scales.mean.length,
    horizon,
    context: lookback,
    warmUp: lookback,
    forecast: (segment, channel, path) => {
      const mean = scales.mean[channel] as number;
      const deviation = scales.deviation[channel] as number;
      const trailing = normaliseTrailing(segment, mean, deviation, normalised);
      for (let lead = 0, row = 0; lead < horizon; lead++, row += lookback) {
        let sum = 0;
        for (let step = 0; step < lookback; step++) {
          sum += (byLead[row + step] as number) * (normalised[step] as number);
        }
        path[lead] = (sum * trailing.deviation + trailing.mean) * deviation + mean;
      }
    },
  });
}
