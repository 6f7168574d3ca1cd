/** @file What the changelog keeps of a series: everything that replaying frames and forecasts cannot give back. */
import { describeIssues, fixedFields, RollcastError, type StreamDefinition } from '#contracts';
import { SeriesMemory } from '#engine';
import { z } from 'zod';
import type { Mark } from './rebuild-marks.js';

export interface SeriesRecord {
  /** Of the definition that the numbers belong to: a stream that was deleted and defined otherwise begins anew. */
  readonly fingerprint: string;
  /** Greatest record timestamp of its partition at its last frame, milliseconds: for the expiry of silent series. */
  readonly seen: number;
  /** The life that its last frame was of (`seriesLife`). */
  readonly life: number | null;
  readonly memory: SeriesMemory;
  /** From where in `frames` its context is replayed. */
  readonly frames: readonly Mark[];
  /** From where in `forecasts` those are read back that still wait for their truth. */
  readonly forecasts: readonly Mark[];
  /** At or before its latest forecast in `forecasts`, as an offset; null: it has none. */
  readonly latest: string | null;
}

const StoredMark = z.tuple([z.int(), z.string().regex(/^\d+$/)]);
const StoredRecord: z.ZodType<SeriesRecord> = z.object({
  fingerprint: z.string(),
  seen: z.number(),
  life: z.number().nullable(),
  memory: SeriesMemory,
  frames: z.array(StoredMark),
  forecasts: z.array(StoredMark),
  latest: z.string().regex(/^\d+$/).nullable(),
});

/** Equal for definitions whose states, and versions, are of use to each other. */
export function fingerprintOf(definition: StreamDefinition): string {
  return JSON.stringify(Object.values(fixedFields(definition)));
}

export function encodeSeries(record: SeriesRecord): string {
  return JSON.stringify(record);
}

/** @throws INTERNAL for a text that `encodeSeries` did not write */
export function decodeSeries(key: string, text: string): SeriesRecord {
  const refuse = (problem: string, cause?: unknown) =>
    new RollcastError(
      'INTERNAL',
      { problem: `the stored state of ${key} is not one of ours: ${problem}` },
      cause,
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refuse('it is not JSON', error);
  }
  const parsed = StoredRecord.safeParse(json);
  if (parsed.success) return parsed.data;
  throw refuse(describeIssues(parsed.error));
}
