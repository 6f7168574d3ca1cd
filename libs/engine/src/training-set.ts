/** @file What a training may see of a history, and in which scale.
 *
 *  Law: everything that is fitted (scales, ridge, Kalman, network) sees grid steps before the cut `validation` only;
 *  what selects the epoch lies in [validation, heldBack); what judges lies behind it. */
import { type CmambaConfig, cmambaConfig, contextSteps, trainingNeedsSteps } from '#cmamba';
import { RollcastError, type StreamDefinition } from '#contracts';
import { type ChannelScales, fitScales, kalmanLife, type TrainingSeries } from '#forecasting';
import { runsOf, type SeriesHistory, splitByTime, type Splits, type StreamHistory } from './history.js';
import type { SegmentSeries } from './training-segments.js';

export interface TrainingSet {
  readonly history: StreamHistory;
  readonly splits: Splits;
  readonly scales: ChannelScales;
  /** The training slice, in units. */
  readonly training: readonly TrainingSeries[];
  /** The training slice, standardised, with its runs. */
  readonly segments: readonly SegmentSeries[];
}

/** The network that a stream's policy asks for. */
export function networkOf(definition: StreamDefinition): CmambaConfig {
  const { channels, lookback, horizon, model } = definition;
  return cmambaConfig(model.size, { channels: channels.length, lookback, horizon, memory: model.memory });
}

/** Grid steps back, the present one included, beyond which nothing matters to any forecaster of a stream, nor to the
 *  yardstick that judges forecasts of the last horizon. So it does not change with the version. */
export function longestContext(definition: StreamDefinition): number {
  const { lookback, horizon, season } = definition;
  const yardstick = horizon + Math.max(lookback, 2 * (season ?? 0));
  return Math.max(kalmanLife(season, lookback), contextSteps(networkOf(definition)), yardstick);
}

/** @throws INSUFFICIENT_HISTORY when no series is long enough, with how long one must be. */
export function trainingSet(history: StreamHistory): TrainingSet {
  const { definition } = history;
  const { retraining, maxGap, stream } = definition;
  const need = trainingNeedsSteps(networkOf(definition), retraining);
  const have = Math.max(0, ...history.series.map(({ steps }) => steps));
  if (have < need) throw new RollcastError('INSUFFICIENT_HISTORY', { stream, have, need });
  const splits = splitByTime(history, retraining.validation, retraining.heldBack);
  const slices = history.series
    .map((series) => before(series, splits.validation))
    .filter(({ steps }) => steps > 0);
  const scales = fitScales(slices, definition.channels.length);
  const segments = slices.map((slice) => ({
    values: standardised(slice, scales),
    runs: runsOf(slice, maxGap),
  }));
  return { history, splits, scales, training: slices, segments };
}

/** The part of a series before a grid index. */
function before(series: SeriesHistory, gridIndex: number): SeriesHistory {
  const steps = Math.max(0, Math.min(series.steps, gridIndex - series.firstGridIndex));
  return { ...series, steps, values: series.values.map((column) => column.subarray(0, steps)) };
}

function standardised(series: SeriesHistory, scales: ChannelScales): Float64Array[] {
  return series.values.map((column, channel) => {
    const mean = scales.mean[channel] ?? 0;
    const deviation = scales.deviation[channel] ?? 1;
    return column.map((value) => (value - mean) / deviation);
  });
}
