/** @file Kalman: what forecasts a series from its first frame on, before anything was trained.
 *
 *  Law: a filter remembers its whole life, so its life is bounded. Filters begin on the grid, at every multiple of
 *  half a `life`; two are alive and the elder answers. It has seen at least half a life and at most a whole one, so
 *  the forecast is a function of the last `context` = `life` steps. In a series' first life there is only one, begun
 *  at its first frame, until it is as old as the grid wants it. Channels are independent, a missing one is not
 *  updated. */
import type { KalmanRates } from '#contracts';
import { RollcastError } from '#contracts';
import type { Forecaster, SeriesAdvance, SeriesStep } from '../forecaster.js';
import type { ChannelScales } from '../scale.js';
import { ChannelFilter } from './filter.js';
import { type KalmanModel, kalmanModel } from './model.js';
import { defaultRates } from './rates.js';

export interface KalmanSettings {
  readonly channels: number;
  readonly horizon: number;
  readonly lookback: number;
  /** Grid steps of a season; null: none. */
  readonly season: number | null;
  /** One a channel, of `fitKalman`; left out: the default for all (cold start). */
  readonly rates?: readonly KalmanRates[];
  /** What a channel is thought to be before it was ever observed, and how wide its first intervals are; left out: 0
   *  and a tenth of the first value. */
  readonly prior?: ChannelScales;
}

/** The filters of one series. Consumed by every advance. */
export interface KalmanState {
  gridIndex: number;
  /** `[channels]`. */
  elder: ChannelFilter[];
  /** null: no filter has begun since the elder; one that had would be its equal. */
  younger: ChannelFilter[] | null;
}

const LIFE_IN_SEASONS = 28;
const LIFE_IN_LOOKBACKS = 4;

/** Grid steps that a filter lives at most; even. */
export function kalmanLife(season: number | null, lookback: number): number {
  const life = season === null ? LIFE_IN_LOOKBACKS * lookback : LIFE_IN_SEASONS * season;
  return 2 * Math.ceil(life / 2);
}

export function kalmanForecaster(settings: KalmanSettings): Forecaster<KalmanState> {
  const { channels, horizon, season, lookback, rates, prior } = settings;
  if (rates !== undefined && rates.length !== channels) {
    throw new RollcastError('INTERNAL', { problem: `rates of ${rates.length} channels for ${channels}` });
  }
  const context = kalmanLife(season, lookback);
  const half = context / 2;
  const models = channelModels(settings);
  const begin = () =>
    models.map(
      (model, channel) =>
        new ChannelFilter(
          model,
          prior === undefined
            ? null
            : { mean: prior.mean[channel] as number, deviation: prior.deviation[channel] as number },
        ),
    );

  /** Moves a state to one grid step further. */
  const stepTo = (state: KalmanState, gridIndex: number, values: Float64Array) => {
    if (gridIndex % half === 0) {
      state.elder = state.younger ?? state.elder;
      state.younger = begin();
    }
    state.gridIndex = gridIndex;
    for (let channel = 0; channel < channels; channel++) {
      const value = values[channel] as number;
      state.elder[channel]?.step(value);
      state.younger?.[channel]?.step(value);
    }
  };

  const nothing = new Float64Array(channels).fill(NaN);
  const advanceOne = (step: SeriesStep<KalmanState>): SeriesAdvance<KalmanState> => {
    const { gridIndex } = step;
    let state = step.state;
    if (state !== null && gridIndex <= state.gridIndex) {
      throw new RollcastError('INTERNAL', {
        problem: `grid step ${gridIndex} follows grid step ${state.gridIndex}`,
      });
    }
    // Over a gap of a whole life every filter has died without an heir.
    if (state === null || gridIndex - state.gridIndex > context) {
      state = { gridIndex: gridIndex - 1, elder: begin(), younger: null };
    }
    while (state.gridIndex < gridIndex - 1) stepTo(state, state.gridIndex + 1, nothing);
    stepTo(state, gridIndex, step.values);
    if (!step.wanted) return { state, paths: null };
    const point = new Float64Array(channels * horizon);
    const deviation = new Float64Array(channels * horizon);
    state.elder.forEach((filter, channel) => {
      const [from, to] = [channel * horizon, (channel + 1) * horizon];
      filter.point(point.subarray(from, to));
      filter.deviation(deviation.subarray(from, to));
    });
    return { state, paths: { point, deviation } };
  };

  return {
    kind: 'kalman',
    channels,
    horizon,
    context,
    warmUp: 1,
    advance: (steps) => Promise.resolve(steps.map(advanceOne)),
  };
}

/** One model a channel; channels with the same rates share theirs. */
function channelModels({ channels, horizon, season, rates }: KalmanSettings): KalmanModel[] {
  const cold = kalmanModel(defaultRates(season), season, horizon);
  return Array.from({ length: channels }, (_, channel) => {
    const own = rates?.[channel];
    return own === undefined ? cold : kalmanModel(own, season, horizon);
  });
}
