/** @file What must be kept of a series beside the log of frames and forecasts: small, plain JSON, the changelog's.
 *
 *  Law: what is read back is what was kept, field by field, or it is refused: the numbers of an older build are no
 *  memory of this one. */
import { z } from 'zod';
import type { SeriesScoresJson } from './series-scores.js';

export interface SeriesMemory {
  /** Grid index of the series' (latest) beginning, and of its newest frame. */
  readonly first: number;
  readonly last: number;
  readonly scores: SeriesScoresJson;
}

const Numbers = z.array(z.number());

/** In the order in which they are written: read back and written again, the bytes are the same. */
export const SeriesMemory: z.ZodType<SeriesMemory> = z.object({
  first: z.int(),
  last: z.int(),
  scores: z.record(
    z.string(),
    z.object({
      calibration: z.object({ count: Numbers, unit: Numbers, lower: Numbers, upper: Numbers }),
      scores: z.object({
        count: Numbers,
        absolute: Numbers,
        inside: Numbers,
        paired: Numbers,
        naive: Numbers,
      }),
    }),
  ),
});
