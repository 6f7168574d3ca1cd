/** @file Rates of a Kalman filter for each channel, chosen on a training slice.
 *
 *  Law: deterministic; never worse on what it looked at than the default, from which it starts. One rate after the
 *  other takes the best of its few candidates (coordinate descent on a grid, `ROUNDS` times), judged by what the gate
 *  judges: the mean absolute error over leads, of forecasts made as in service (a filter lives one life at most, the
 *  elder answers), on the newest part of the slice that the work allows. Observed truths only. */
import type { KalmanRates } from '#contracts';
import type { TrainingSeries } from '../training-series.js';
import { ChannelFilter } from './filter.js';
import { kalmanLife } from './kalman-forecaster.js';
import { type KalmanModel, kalmanModel } from './model.js';
import { defaultRates } from './rates.js';

export interface KalmanFitShape {
  readonly lookback: number;
  readonly horizon: number;
  readonly season: number | null;
}

const ROUNDS = 2;
/** Grid steps of a channel, over all series, that one candidate is judged on. On three weather stations 6,000, 12,000
 *  and 20,000 give an MAE of 0.535, 0.534 and 0.526 on the last fifth of the year (the default: 0.541). */
const STEPS = 15_000;
/** Origins a candidate is judged at, about. */
const ORIGINS = 700;

/** Candidates beside the default. A deviation of 0 leaves a level that follows alone. */
function candidates(season: number | null): readonly ((rates: KalmanRates) => KalmanRates)[][] {
  const cycle = season ?? 24;
  const persistence = [1 / 3, 1, 3].map((cycles) => Math.exp(-1 / (cycles * cycle)));
  const groups = [
    [
      (rates: KalmanRates) => ({ ...rates, level: 1, deviation: 0 }),
      ...persistence.flatMap((share) =>
        [0.001, 0.01, 0.05].map((level) => (rates: KalmanRates) => ({
          ...rates,
          level,
          deviation: 1,
          persistence: share,
        })),
      ),
    ],
    [0, 0.003, 0.03].flatMap((trend) =>
      (trend === 0 ? [0.9] : [0.7, 0.95]).map((damping) => (rates: KalmanRates) => ({
        ...rates,
        trend,
        damping,
      })),
    ),
    [0.03, 0.1, 0.3, 1, 3].map((observation) => (rates: KalmanRates) => ({ ...rates, observation })),
  ];
  if (season === null) return groups;
  return [
    ...groups,
    [1e-4, 3e-4, 1e-3, 3e-3, 1e-2].map((noise) => (rates: KalmanRates) => ({ ...rates, season: noise })),
  ];
}

/** @returns rates of each channel; the default where a channel was hardly observed. */
export function fitKalman(
  training: readonly TrainingSeries[],
  channels: number,
  shape: KalmanFitShape,
): KalmanRates[] {
  return Array.from({ length: channels }, (_, channel) =>
    fitChannel(newest(training, channel, shape), shape),
  );
}

interface Segment {
  readonly firstGridIndex: number;
  readonly values: Float64Array;
}

/** The newest steps of a channel, `STEPS` in all: of every series if each then has some to be judged on, otherwise of
 *  series taken evenly from the list. Those that are too short to be judged are left out. */
function newest(training: readonly TrainingSeries[], channel: number, shape: KalmanFitShape): Segment[] {
  const least = 4 * (shape.lookback + shape.horizon);
  const judged = training.filter(({ values }) => (values[0]?.length ?? 0) > shape.lookback + shape.horizon);
  const taken = Math.max(1, Math.min(judged.length, Math.floor(STEPS / least)));
  const each = Math.max(least, Math.floor(STEPS / taken));
  return judged
    .filter(
      (_, index) =>
        Math.floor((index * taken) / judged.length) !== Math.floor(((index - 1) * taken) / judged.length),
    )
    .map((series) => {
      const values = series.values[channel] as Float64Array;
      const skipped = Math.max(0, values.length - each);
      return { firstGridIndex: series.firstGridIndex + skipped, values: values.subarray(skipped) };
    });
}

function fitChannel(segments: readonly Segment[], shape: KalmanFitShape): KalmanRates {
  const tried = new Set<string>();
  let best = defaultRates(shape.season);
  let error = errorOf(best, segments, shape);
  if (Number.isNaN(error)) return best;
  tried.add(JSON.stringify(best));
  for (let round = 0; round < ROUNDS; round++) {
    for (const group of candidates(shape.season)) {
      for (const rates of group.map((change) => change(best))) {
        const name = JSON.stringify(rates);
        if (tried.has(name)) continue;
        tried.add(name);
        const trial = errorOf(rates, segments, shape);
        if (trial < error) {
          best = rates;
          error = trial;
        }
      }
    }
  }
  return best;
}

/** Mean absolute error over all leads, units of the channel; NaN: nothing to judge. */
function errorOf(rates: KalmanRates, segments: readonly Segment[], shape: KalmanFitShape): number {
  const model = kalmanModel(rates, shape.season, shape.horizon);
  const steps = segments.reduce((sum, { values }) => sum + values.length, 0);
  // Odd to a season, so that every hour of a day is an origin.
  const stride = 2 * Math.floor(steps / ORIGINS / 2) + 1;
  let sum = 0;
  let count = 0;
  for (const segment of segments) {
    const one = segmentError(model, segment, shape, stride);
    sum += one.sum;
    count += one.count;
  }
  return sum / count;
}

function segmentError(
  model: KalmanModel,
  { firstGridIndex, values }: Segment,
  { lookback, horizon, season }: KalmanFitShape,
  stride: number,
): { sum: number; count: number } {
  const half = kalmanLife(season, lookback) / 2;
  const point = new Float64Array(horizon);
  const begin = () => new ChannelFilter(model, null);
  let elder = begin();
  let younger: ChannelFilter | null = null;
  let sum = 0;
  let count = 0;
  for (let at = 0; at + horizon < values.length; at++) {
    if ((firstGridIndex + at) % half === 0) {
      elder = younger ?? elder;
      younger = begin();
    }
    const value = values[at] as number;
    elder.step(value);
    younger?.step(value);
    if (at < lookback || at % stride !== 0) continue;
    elder.point(point);
    for (let lead = 1; lead <= horizon; lead++) {
      const truth = values[at + lead] as number;
      if (Number.isNaN(truth)) continue;
      sum += Math.abs(truth - (point[lead - 1] as number));
      count++;
    }
  }
  return { sum, count };
}
