/** @file A forecast: the public way out. Topic `forecasts`. */
import { z } from 'zod';
import { ModelKind, ModelVersionName } from './model-version.js';
import { ChannelName, SeriesName, StreamName } from './names.js';
import { IsoTime } from './time.js';

/** The two quantiles that every forecast carries: together a 90 % interval. */
export const QUANTILES = ['0.05', '0.95'] as const;

const Path = z.array(z.number());

export const ChannelForecast = z
  .object({
    point: Path.meta({ description: 'Middle value (a median) for each of the horizon steps' }),
    quantiles: z.object({ '0.05': Path, '0.95': Path }),
  })
  .meta({ id: 'ChannelForecast', title: 'Forecast of one channel' });
export type ChannelForecast = z.infer<typeof ChannelForecast>;

export const Forecast = z
  .object({
    stream: StreamName,
    series: SeriesName,
    origin: IsoTime.meta({ description: 'Time of the last frame that this forecast has seen' }),
    frequencyMs: z.int().positive().meta({
      description:
        'Grid step in milliseconds. Entry k (from 0) of every array is for the step that begins at origin + (k + 1) * frequencyMs.',
    }),
    horizon: z.int().positive().meta({ description: 'Length of every array' }),
    model: z
      .object({ kind: ModelKind, version: ModelVersionName })
      .meta({ description: 'The model version that made this forecast' }),
    warmingUp: z.union([z.object({ have: z.int().nonnegative(), need: z.int().positive() }), z.null()]).meta({
      description:
        'While the champion has not seen enough of this series, a simpler model answers: frames seen and needed; otherwise null',
    }),
    unobserved: z
      .array(ChannelName)
      .meta({ description: 'Channels not observed in the frame at the origin' }),
    channels: z.record(ChannelName, ChannelForecast),
  })
  .meta({
    title: 'Forecast',
    description: 'Point forecast and quantiles of every channel of a series, for the steps after its origin.',
    examples: [
      {
        stream: 'weather',
        series: 'EWR',
        origin: '2013-01-05T06:00:00.000Z',
        frequencyMs: 3_600_000,
        horizon: 2,
        model: { kind: 'kalman', version: 'kalman-0' },
        warmingUp: null,
        unobserved: [],
        channels: {
          temperature_f: { point: [38.9, 38.5], quantiles: { '0.05': [37.2, 36.1], '0.95': [40.6, 40.9] } },
        },
      },
    ],
  });
export type Forecast = z.infer<typeof Forecast>;
