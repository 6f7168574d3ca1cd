/** @file A frame: what was observed of a series in one grid step. Topic `frames`, the history. */
import { z } from 'zod';
import { ChannelName, SeriesName, StreamName } from './names.js';
import { IsoTime } from './time.js';

export const Frame = z
  .object({
    stream: StreamName,
    series: SeriesName,
    time: IsoTime.meta({ description: 'Begin of the grid step [time, time + frequency)' }),
    values: z
      .record(ChannelName, z.union([z.number(), z.null()]))
      .meta({ description: 'All channels in the order of the definition; null: not observed in this step' }),
  })
  .meta({
    title: 'Frame',
    description: 'What was observed of a series in one grid step: facts only, no filled value.',
    examples: [
      {
        stream: 'weather',
        series: 'EWR',
        time: '2013-01-01T06:00:00.000Z',
        values: { temperature_f: 39.02, pressure_hpa: null },
      },
    ],
  });
export type Frame = z.infer<typeof Frame>;
