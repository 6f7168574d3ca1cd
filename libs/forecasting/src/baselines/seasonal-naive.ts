/** @file Seasonal naive: tomorrow is like today was; without a season, like the mean of the lookback.
 *
 *  Law: lead `k` takes the newest observed value of the same phase within the context: one season back, or two, ...;
 *  where the phase was never observed, what `fill` says at the origin. Skill is measured against this forecaster. */
import { lastObserved } from '../fill.js';
import type { Forecaster } from '../forecaster.js';
import type { HistoryRing } from '../history-ring.js';
import { ringForecaster } from './ring-forecaster.js';

export interface SeasonalNaiveSettings {
  readonly horizon: number;
  readonly lookback: number;
  /** Grid steps of a season; null: none. */
  readonly season: number | null;
  /** Of each channel over the training slice, in its units. */
  readonly mean: readonly number[];
}

export function seasonalNaiveForecaster(settings: SeasonalNaiveSettings): Forecaster<HistoryRing> {
  const { horizon, lookback, season, mean } = settings;
  return ringForecaster({
    kind: 'seasonal-naive',
    channels: mean.length,
    horizon,
    // One season more than the newest, so that a step that was not observed has a second chance.
    context: season === null ? lookback : Math.max(lookback, 2 * season),
    warmUp: season ?? lookback,
    forecast: (segment, channel, path) => {
      const filled = lastObserved(segment, mean[channel] as number);
      if (season === null) path.fill(meanObserved(segment) ?? filled);
      else samePhase(segment, season, filled, path);
    },
  });
}

function samePhase(segment: Float64Array, season: number, otherwise: number, path: Float64Array): void {
  const origin = segment.length - 1;
  for (let lead = 1; lead <= path.length; lead++) {
    let at = origin + lead - Math.ceil(lead / season) * season;
    while (at >= 0 && Number.isNaN(segment[at])) at -= season;
    path[lead - 1] = at >= 0 ? (segment[at] as number) : otherwise;
  }
}

function meanObserved(segment: Float64Array): number | null {
  let sum = 0;
  let count = 0;
  for (const value of segment) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count === 0 ? null : sum / count;
}
