/** @file From paths to what is published: rounded, inside the plausible range, in a fixed order.
 *
 *  Law: everything that judges or calibrates works on these numbers, never on what was before the rounding; so a
 *  forecast read back from the log is worth exactly as much as the one in memory. What is no finite number stays so,
 *  also where there is a plausible range: whoever publishes asks `isFiniteForecast` before. */
import {
  durationMs,
  type Forecast,
  formatTime,
  type ModelKind,
  roundTo,
  stepBegin,
  type StreamDefinition,
} from '#contracts';
import type { Paths } from '#forecasting';

/** Lower and upper bound of every channel and lead: `[channels * horizon]` each, in units of the channel. */
export interface Bounds {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface ForecastOf {
  readonly series: string;
  readonly gridIndex: number;
  /** Of the frame at the origin; NaN: not observed. */
  readonly values: Float64Array;
  readonly model: { readonly kind: ModelKind; readonly version: string };
  readonly warmingUp: Forecast['warmingUp'];
}

/** The forecast as it goes on the wire. A forecast outside a channel's plausible range could never come true (its truth
 *  would be a dead letter), so point and bounds are moved to the range. */
export function publishedForecast(
  definition: StreamDefinition,
  of: ForecastOf,
  paths: Paths,
  bounds: Bounds,
): Forecast {
  const frequencyMs = durationMs(definition.frequency);
  const { horizon } = definition;
  const channels: Forecast['channels'] = {};
  definition.channels.forEach((channel, index) => {
    const publish = (path: Float64Array) => {
      const published = new Array<number>(horizon);
      for (let lead = 0; lead < horizon; lead++) {
        const value = path[index * horizon + lead] as number;
        const plausible = Math.min(channel.max ?? Infinity, Math.max(channel.min ?? -Infinity, value));
        published[lead] = Number.isFinite(value) ? roundTo(plausible, channel.decimals) : value;
      }
      return published;
    };
    channels[channel.name] = {
      point: publish(paths.point),
      quantiles: { '0.05': publish(bounds.lower), '0.95': publish(bounds.upper) },
    };
  });
  return {
    stream: definition.stream,
    series: of.series,
    origin: formatTime(stepBegin(of.gridIndex, frequencyMs)),
    frequencyMs,
    horizon,
    model: { kind: of.model.kind, version: of.model.version },
    warmingUp: of.warmingUp,
    unobserved: definition.channels
      .filter((_, index) => Number.isNaN(of.values[index]))
      .map(({ name }) => name),
    channels,
  };
}

/** Whether a forecast says nothing but finite numbers: only such a one may be published. */
export function isFiniteForecast({ channels }: Forecast): boolean {
  return Object.values(channels).every(({ point, quantiles }) =>
    [point, quantiles['0.05'], quantiles['0.95']].every((path) => path.every(Number.isFinite)),
  );
}
