/** @file A reading: one raw message of a sensor, some or all channels of one series at one time. Topic `readings`. */
import { z } from 'zod';
import { ChannelName, SeriesName, StreamName } from './names.js';
import { EventTime } from './time.js';

export const Reading = z
  .object({
    stream: StreamName,
    series: SeriesName,
    time: EventTime,
    values: z
      .record(ChannelName, z.union([z.number(), z.null()]))
      .optional()
      .meta({
        description:
          'Value by channel; null: not observed. Left out or empty: a tick, which only moves the watermark of the series.',
      }),
  })
  .meta({
    title: 'Reading',
    description:
      'One raw message: some or all channels of one series at one time, in any order, late or twice.',
    examples: [
      {
        stream: 'weather',
        series: 'EWR',
        time: '2013-01-01T06:00:00Z',
        values: { temperature_f: 39.02, pressure_hpa: null },
      },
    ],
  });
export type Reading = z.infer<typeof Reading>;

/** A value of the topic `readings` may not be larger. */
export const MAX_READING_BYTES = 64 * 1024;
