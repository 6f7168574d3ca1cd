/** @file How far back anything of a stream can look: what serving keeps of the log, and judging replays. */
import { contextSteps, networkOf } from '#cmamba';
import type { StreamDefinition } from '#contracts';
import { kalmanLife } from '#forecasting';

/** Grid steps back, the present one included, beyond which nothing matters to any forecaster of a stream, nor to the
 *  yardstick that judges forecasts of the last horizon. So it does not change with the version. */
export function longestContext(definition: StreamDefinition): number {
  const { lookback, horizon, season } = definition;
  const yardstick = horizon + Math.max(lookback, 2 * (season ?? 0));
  return Math.max(kalmanLife(season, lookback), contextSteps(networkOf(definition)), yardstick);
}
