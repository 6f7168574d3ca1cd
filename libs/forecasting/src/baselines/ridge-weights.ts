/** @file The weights of ridge: what all channels share, and how far each channel goes its own way.
 *
 *  Law: two strictly convex problems one after the other, so each has one solution (Hoerl and Kennard 1970).
 *  Lead by lead the shared weights `W` minimise, over the rows of all channels,
 *      sum of (truth - lookback . W)^2 + lambda |W|^2;
 *  then a channel's own weights are `W + D`, where `D` minimises over the rows of that channel
 *      sum of (truth - lookback . W - lookback . D)^2 + pull * D' G D + lambda |D|^2,
 *  `G` the Gram matrix of all channels. The pull says how dear it is to differ: the less data, the better a high one. */
import { judgedLeads } from '#contracts';
import type { ChannelScales } from '../scale.js';
import type { TrainingSeries } from '../training-series.js';
import { type NormalEquations, normalEquations, ridgeSolver } from './normal-equations.js';
import { ridgeRows, type RidgeShape } from './ridge-rows.js';

/** What the pull may be. Infinity: all channels share their weights. */
export const PULLS: readonly number[] = [Infinity, 0.3, 0.1, 0.03, 0.01, 0.003];
/** Share of the training slice, its newest, on which the pull is chosen. */
const NEWEST = 0.2;

export interface RidgeFit {
  /** `[channels, lookback, horizon]`: forecast of lead `k`, normalised, is
   *  `sum over i of lookback[i] * weights[channel, i, k - 1]`. */
  readonly weights: Float64Array;
  readonly pull: number;
}

/** Fits the weights on a training slice; deterministic. The pull is the one with the smallest squared error at the
 *  judged leads of the newest fifth when fitted on the rest; where that teaches nothing, channels share. Without any row all weights are
 *  zero, and the forecast is the mean of the lookback.
 *  @param pull instead of a chosen one */
export function fitRidge(
  training: readonly TrainingSeries[],
  scales: ChannelScales,
  shape: RidgeShape,
  pull = scales.mean.length === 1 ? Infinity : choosePull(training, scales, shape),
): RidgeFit {
  const rows = ridgeRows(training, scales, shape);
  return { weights: ridgeWeights(equationsOf(rows, shape), shape, pull), pull };
}

/** @param leads those that are wanted, from 1; the weights of others are zero
 *  @returns `[channels, lookback, horizon]` */
export function ridgeWeights(
  channels: readonly NormalEquations[],
  { lookback, horizon }: RidgeShape,
  pull: number,
  leads: readonly number[] = Array.from({ length: horizon }, (_, lead) => lead + 1),
): Float64Array {
  const size = lookback * horizon;
  const weights = new Float64Array(channels.length * size);
  const total = sumOf(channels.map(({ gram }) => gram));
  const solveShared = ridgeSolver(lookback);
  const away = pull === Infinity ? null : total.map((value) => pull * value);
  const solvers = channels.map(() => ridgeSolver(lookback, away));
  const shared = new Float64Array(lookback);
  const own = new Float64Array(lookback);
  for (const lead of leads.map((one) => one - 1)) {
    const grams = channels.map((equations) => equations.gramAt(lead));
    const whole = grams.every((gram, channel) => gram === channels[channel]?.gram);
    shared.fill(0);
    for (const { right } of channels) addColumn(right, lead, horizon, shared);
    solveShared(whole ? total : sumOf(grams), shared);
    channels.forEach(({ right }, channel) => {
      const gram = grams[channel] as Float64Array;
      own.fill(0);
      if (away !== null) {
        addColumn(right, lead, horizon, own);
        subtractProduct(gram, shared, own);
        solvers[channel]?.(gram, own);
      }
      for (let step = 0; step < lookback; step++) {
        weights[channel * size + step * horizon + lead] = (shared[step] as number) + (own[step] as number);
      }
    });
  }
  return weights;
}

function choosePull(training: readonly TrainingSeries[], scales: ChannelScales, shape: RidgeShape): number {
  const cut = cutOf(training);
  const teach = equationsOf(ridgeRows(sliced(training, -Infinity, cut), scales, shape), shape);
  const judge = ridgeRows(sliced(training, cut - shape.lookback, Infinity), scales, shape);
  // What holds for these holds for those between them, and every lead costs a factorisation a channel.
  const leads = judgedLeads(shape.horizon);
  let best = Infinity;
  let least = Infinity;
  for (const pull of PULLS) {
    const weights = ridgeWeights(teach, shape, pull, leads);
    const size = shape.lookback * shape.horizon;
    const error = judge.reduce(
      (sum, rows, channel) =>
        sum + squaredError(rows, weights.subarray(channel * size, (channel + 1) * size), shape, leads),
      0,
    );
    if (error < least) {
      least = error;
      best = pull;
    }
  }
  return best;
}

/** The first grid index behind which lies no more than the newest share of all steps: however far apart the series lie
 *  in time. */
function cutOf(training: readonly TrainingSeries[]): number {
  const behind = (gridIndex: number) =>
    training.reduce(
      (sum, series) => sum + Math.max(0, endOf(series) - Math.max(gridIndex, series.firstGridIndex)),
      0,
    );
  const newest = NEWEST * behind(-Infinity);
  let low = Infinity;
  let high = -Infinity;
  for (const series of training) {
    low = Math.min(low, series.firstGridIndex);
    high = Math.max(high, endOf(series));
  }
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (behind(middle) <= newest) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** Over the truths of these leads that were observed. */
function squaredError(
  { rows, inputs, targets }: ReturnType<typeof ridgeRows>[number],
  weights: Float64Array,
  { lookback, horizon }: RidgeShape,
  leads: readonly number[],
): number {
  let sum = 0;
  for (let at = 0; at < rows; at++) {
    for (const lead of leads) {
      let error = targets[at * horizon + lead - 1] as number;
      if (Number.isNaN(error)) continue;
      for (let step = 0; step < lookback; step++) {
        error -= (inputs[at * lookback + step] as number) * (weights[step * horizon + lead - 1] as number);
      }
      sum += error * error;
    }
  }
  return sum;
}

function equationsOf(rows: ReturnType<typeof ridgeRows>, shape: RidgeShape): NormalEquations[] {
  return rows.map((channel) => normalEquations(channel, shape));
}

/** What lies at grid indices in `[from, to)`. */
function sliced(training: readonly TrainingSeries[], from: number, to: number): TrainingSeries[] {
  return training.map((series) => {
    const first = Math.max(0, from - series.firstGridIndex);
    const last = Math.max(first, to - series.firstGridIndex);
    return {
      firstGridIndex: series.firstGridIndex + first,
      values: series.values.map((column) => column.subarray(first, last)),
    };
  });
}

function endOf({ firstGridIndex, values }: TrainingSeries): number {
  return firstGridIndex + (values[0]?.length ?? 0);
}

function sumOf(matrices: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(matrices[0]?.length ?? 0);
  for (const matrix of matrices) matrix.forEach((value, at) => (sum[at] = (sum[at] as number) + value));
  return sum;
}

function addColumn(matrix: Float64Array, column: number, columns: number, to: Float64Array): void {
  for (let row = 0; row < to.length; row++) {
    to[row] = (to[row] as number) + (matrix[row * columns + column] as number);
  }
}

/** `to -= gram . vector`, from the lower triangle of a symmetric matrix. */
function subtractProduct(gram: Float64Array, vector: Float64Array, to: Float64Array): void {
  const size = vector.length;
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) {
      sum += (gram[j <= i ? i * size + j : j * size + i] as number) * (vector[j] as number);
    }
    to[i] = (to[i] as number) - sum;
  }
}
