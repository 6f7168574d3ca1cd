/** @file The one interface of everything that forecasts: last value, seasonal naive, ridge, Kalman, CMamba.
 *
 *  Law: a forecaster is a pure function of the last `context` grid steps of a series (and of the grid itself).
 *  Two histories that agree on them give bit-identical forecasts; so a state can be rebuilt anywhere by replaying
 *  `context` steps, and live equals backtest equals replay. The result for a series never depends on which other
 *  series share the call. */
import type { ModelKind } from '#contracts';

/** One grid step of one series. */
export interface SeriesStep<State> {
  /** null: the series begins here (or begins anew after a long gap). Consumed: do not use it again. */
  readonly state: State | null;
  /** Index of the grid step: floor(time / frequency); greater than that of the state. Steps in between were not
   *  observed at all, and the forecaster steps through them as such. */
  readonly gridIndex: number;
  /** `[channels]`, in the order of the definition and in its units; NaN: not observed. */
  readonly values: Float64Array;
  /** False where only the state matters (a replay, or a step between forecasts): the forecast may be left out. */
  readonly wanted: boolean;
}

/** Forecast paths of one series, channel by channel: entry `channel * horizon + lead - 1`. */
export interface Paths {
  /** `[channels * horizon]`, in the units of the channel. */
  readonly point: Float64Array;
  /** `[channels * horizon]` standard deviations where the forecaster knows its own uncertainty (Kalman). */
  readonly deviation: Float64Array | null;
}

export interface SeriesAdvance<State> {
  readonly state: State;
  /** null: not wanted, or the series is younger than `warmUp`. */
  readonly paths: Paths | null;
}

export interface Forecaster<State = unknown> {
  readonly kind: ModelKind;
  readonly channels: number;
  readonly horizon: number;
  /** Grid steps back, the present one included, beyond which nothing can matter. */
  readonly context: number;
  /** Grid steps that a series must have lived, the present one included, before its first forecast. */
  readonly warmUp: number;
  /** Advances many series by one step each; a series stands in a call at most once. Results in the order given. */
  advance(steps: readonly SeriesStep<State>[]): Promise<readonly SeriesAdvance<State>[]>;
}
