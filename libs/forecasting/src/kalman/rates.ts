/** @file How fast each part of a Kalman filter may move.
 *
 *  Law: only ratios count. Every rate is a variance in units of one unknown variance that the filter estimates on the
 *  way, so the same rates serve a temperature and a pressure, and a channel nobody has seen before.
 *
 *  The default was chosen on the first 70 % of three stations of hourly weather (six channels), of ETTh1 (seven) and
 *  of four motes at 5 s (two, without a season), by the mean absolute error over leads 1 to 24 on the standardised
 *  scale. What decided (EWR / ETTh1 with a season; indoor mote 1 / outdoor mote 4 without):
 *
 *  |                                           | EWR   | ETTh1 |                       | mote 1 | mote 4 |
 *  | last value                                | 0.569 | 0.584 | last value            | 0.329  | 0.075  |
 *  | seasonal naive                            | 0.696 | 0.412 | mean of the lookback  | 0.731  | 0.168  |
 *  | level follows alone, no deviation         | 0.542 | 0.414 | level follows alone   | 0.359  | 0.076  |
 *  | the same with a trend (0.01, damped 0.9)  | 0.560 | 0.444 | **with a trend**      | 0.350  | 0.077  |
 *  | **deviation that runs back in a season**  | 0.495 | 0.382 | with a deviation      | 0.396  | 0.084  |
 *  | the same, and a trend                     | 0.532 | 0.424 | innovations clipped   | 0.351  | 0.077  |
 *  | the same, innovations clipped at 6        | 0.481 | 0.404 |                       |        |        |
 *  A filter that lives 7, 14, 28, 56 seasons: 0.523, 0.504, 0.495, 0.494 on EWR, 0.379 to 0.383 on ETTh1. */

export interface KalmanRates {
  /** Variance a step of the slow level. */
  readonly level: number;
  /** Variance a step of the trend. 0: there is none. */
  readonly trend: number;
  /** Share of the trend that is left a step later. */
  readonly damping: number;
  /** Variance a step of the deviation: what is above or below the level for a while. 0: there is none. */
  readonly deviation: number;
  /** Share of the deviation that is left a step later. */
  readonly persistence: number;
  /** Variance a step of the first harmonic; of the n-th, 1/n^2 of it. */
  readonly season: number;
  /** Variance of one observation around the state. Greater than zero. */
  readonly observation: number;
}

/** Rates for a channel that nobody has trained on.
 *  @param season grid steps; null: none. */
export function defaultRates(season: number | null): KalmanRates {
  if (season === null) {
    return {
      level: 1,
      trend: 0.01,
      damping: 0.9,
      deviation: 0,
      persistence: 0,
      season: 0,
      observation: 0.1,
    };
  }
  return {
    level: 0.01,
    trend: 0,
    damping: 0.9,
    deviation: 1,
    // A deviation is gone after a season, however many steps that is.
    persistence: Math.exp(-1 / season),
    season: 1e-3,
    observation: 0.1,
  };
}
