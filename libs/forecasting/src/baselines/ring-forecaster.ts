/** @file A forecaster that reads each channel's last `context` values and nothing else: the frame that last value,
 *  seasonal naive and ridge share.
 *
 *  Law: the forecast of a channel is a function of that channel's segment alone, so neither the other channels nor
 *  the other series of a call can touch it. */
import type { ModelKind } from '#contracts';
import type { Forecaster, SeriesAdvance, SeriesStep } from '../forecaster.js';
import { HistoryRing } from '../history-ring.js';

export interface SegmentForecast {
  readonly kind: ModelKind;
  readonly channels: number;
  readonly horizon: number;
  readonly context: number;
  readonly warmUp: number;
  /** @param segment the channel's last `context` values, oldest first, NaN: not observed; valid for this call.
   *  @param path `[horizon]`, to be filled, in units of the channel. */
  forecast(segment: Float64Array, channel: number, path: Float64Array): void;
}

export function ringForecaster(of: SegmentForecast): Forecaster<HistoryRing> {
  const { kind, channels, horizon, context, warmUp } = of;
  const segment = new Float64Array(context);

  const advanceOne = (step: SeriesStep<HistoryRing>): SeriesAdvance<HistoryRing> => {
    const state = step.state ?? new HistoryRing(channels, context);
    state.push(step.gridIndex, step.values);
    if (!step.wanted || state.lived < warmUp) return { state, paths: null };
    const point = new Float64Array(channels * horizon);
    for (let channel = 0; channel < channels; channel++) {
      state.copyLast(channel, segment);
      of.forecast(segment, channel, point.subarray(channel * horizon, (channel + 1) * horizon));
    }
    return { state, paths: { point, deviation: null } };
  };

  return {
    kind,
    channels,
    horizon,
    context,
    warmUp,
    advance: (steps) => Promise.resolve(steps.map(advanceOne)),
  };
}
