/** @file How fast each part of a Kalman filter may move.
 *
 *  Law: only ratios count. Every rate is a variance in units of one unknown variance that the filter estimates on the
 *  way, so the same rates serve a temperature and a pressure, and a channel nobody has seen before.
 *
 *  The default was chosen on the first 70 % of three series of hourly data with a season (weather at EWR and JFK, six
 *  channels each, and ETTh1, seven) and of four motes at 5 s without one (two channels each), by the mean absolute
 *  error over leads 1 to 24 on the standardised scale, at every seventh origin:
 *
 *                                      EWR    JFK    ETTh1                            mote 1  2      3      4
 *      last value                      0.569  0.546  0.583   last value               0.329   0.087  0.035  0.075
 *      seasonal naive                  0.696  0.678  0.412   mean of 96 steps         0.730   0.228  0.103  0.168
 *      the default                     0.496  0.483  0.378   the default              0.350   0.085  0.034  0.077
 *      - with a trend beside           0.532  0.514  0.418   - without a trend        0.359   0.085  0.035  0.075
 *      - no deviation: a fast level    0.539  0.520  0.415   - with a deviation       0.396   0.095  0.040  0.084
 *      - deviation gone in 1/3 season  0.534  0.520  0.364   - observation 1          0.349   0.085  0.035  0.078
 *      - deviation gone in 3 seasons   0.509  0.493  0.395   - innovations clipped    0.338   0.087  0.034  0.078
 *      - level 0.001 / 0.1         0.495/0.504   0.383/0.378 - life of 2 lookbacks    0.350   0.085  0.034  0.077
 *      - season 1e-4 / 1e-2        0.493/0.510   0.386/0.373 - life of 8 lookbacks    0.350   0.085  0.034  0.077
 *      - innovations clipped at 6      0.481  0.477  0.400   (clipping: lead 1 of mote 1 becomes 0.156 from 0.042)
 *      - life of 7 seasons             0.523  0.508  0.378
 *      - life of 14 / 56 seasons   0.504/0.495   0.376/0.378
 *  So the deviation that runs back within a season is what matters, a life of 28 seasons is long enough, and nothing
 *  else is delicate. Clipping, the only other gain, makes a filter follow jumps late. */
import type { KalmanRates } from '#contracts';

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
