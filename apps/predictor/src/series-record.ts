/** @file What the changelog keeps of a series: everything that replaying frames and forecasts cannot give back. */
import { fixedFields, RollcastError, type StreamDefinition } from '#contracts';
import type { SeriesMemory } from '#engine';
import type { Mark } from './rebuild-marks.js';

export interface SeriesRecord {
  /** Of the definition that the numbers belong to: a stream that was deleted and defined otherwise begins anew. */
  readonly fingerprint: string;
  /** Greatest record timestamp of its partition at its last frame, milliseconds: for the expiry of silent series. */
  readonly seen: number;
  readonly memory: SeriesMemory;
  /** From where in `frames` its context is replayed. */
  readonly frames: readonly Mark[];
  /** From where in `forecasts` those are read back that still wait for their truth. */
  readonly forecasts: readonly Mark[];
}

/** Equal for definitions whose states, and versions, are of use to each other. */
export function fingerprintOf(definition: StreamDefinition): string {
  return JSON.stringify(Object.values(fixedFields(definition)));
}

export function encodeSeries(record: SeriesRecord): string {
  return JSON.stringify(record);
}

/** @throws INTERNAL for a text that `encodeSeries` did not write */
export function decodeSeries(key: string, text: string): SeriesRecord {
  const record = JSON.parse(text) as Partial<SeriesRecord>;
  const { fingerprint, seen, memory, frames, forecasts } = record;
  if (typeof fingerprint === 'string' && typeof seen === 'number' && memory && frames && forecasts) {
    return { fingerprint, seen, memory, frames, forecasts };
  }
  throw new RollcastError('INTERNAL', { problem: `the stored state of ${key} is not one of ours` });
}
