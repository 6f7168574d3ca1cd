/** @file Last value: tomorrow is like now. Hard to beat on slow series, and the first to beat on all.
 *
 *  Law: the path is flat at the last observed value of the lookback; a channel that was not observed in all of it
 *  stands at its mean over the training slice. */
import { lastObserved } from '../fill.js';
import type { Forecaster } from '../forecaster.js';
import type { HistoryRing } from '../history-ring.js';
import { ringForecaster } from './ring-forecaster.js';

export interface LastValueSettings {
  readonly horizon: number;
  readonly lookback: number;
  /** Of each channel over the training slice, in its units. */
  readonly mean: readonly number[];
}

export function lastValueForecaster({ horizon, lookback, mean }: LastValueSettings): Forecaster<HistoryRing> {
  return ringForecaster({
    kind: 'last-value',
    channels: mean.length,
    horizon,
    context: lookback,
    warmUp: 1,
    forecast: (segment, channel, path) => path.fill(lastObserved(segment, mean[channel] as number)),
  });
}
