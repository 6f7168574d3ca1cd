/** @file Ridge: a linear path from a normalised lookback to the horizon, for each channel, shared by all series.
 *
 *  How the weights come about stands in `ridge-weights.ts`. CMamba's linear path starts from them. */
import type { Forecaster } from '../forecaster.js';
import type { HistoryRing } from '../history-ring.js';
import type { ChannelScales } from '../scale.js';
import type { RidgeShape } from './ridge-rows.js';
import { ringForecaster } from './ring-forecaster.js';
import { normaliseTrailing } from './trailing-normalisation.js';

export interface RidgeSettings extends RidgeShape {
  readonly scales: ChannelScales;
  /** `[channels, lookback, horizon]`, of `fitRidge`. */
  readonly weights: ArrayLike<number>;
}

export function ridgeForecaster({
  lookback,
  horizon,
  scales,
  weights,
}: RidgeSettings): Forecaster<HistoryRing> {
  const normalised = new Float64Array(lookback);
  const channels = scales.mean.length;
  // The same weights with the lookback innermost, `[channels, horizon, lookback]`: one sum a lead.
  const byLead = Float64Array.from({ length: channels * horizon * lookback }, (_, at) => {
    const step = at % lookback;
    const lead = Math.floor(at / lookback) % horizon;
    const channel = Math.floor(at / lookback / horizon);
    return weights[(channel * lookback + step) * horizon + lead] as number;
  });
  return ringForecaster({
    kind: 'ridge',
    channels,
    horizon,
    context: lookback,
    warmUp: lookback,
    forecast: (segment, channel, path) => {
      const mean = scales.mean[channel] as number;
      const deviation = scales.deviation[channel] as number;
      const trailing = normaliseTrailing(segment, mean, deviation, normalised);
      for (let lead = 0; lead < horizon; lead++) {
        const row = (channel * horizon + lead) * lookback;
        let sum = 0;
        for (let step = 0; step < lookback; step++) {
          sum += (byLead[row + step] as number) * (normalised[step] as number);
        }
        path[lead] = (sum * trailing.deviation + trailing.mean) * deviation + mean;
      }
    },
  });
}
