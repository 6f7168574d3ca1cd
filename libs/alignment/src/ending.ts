/** @file A series ends: it was silent for too long, or its stream is gone.
 *
 *  Law: whatever was accepted and still lies in an open step comes out, as a frame where the rules can say it, as
 *  itself where they cannot (the stream was deleted, or defined anew with another grid). */
import type { TimedReading } from './aligner.js';
import { type AlignedFrame, closeSteps } from './closing.js';
import type { Observed, SeriesState } from './open-steps.js';
import { type AlignmentRules, gridOf } from './rules.js';

export interface SeriesEnd {
  /** In the order of time. */
  readonly frames: readonly AlignedFrame[];
  /** What no frame will hold, in the order of time: one entry a time, as corrected, without refused channels. */
  readonly unframed: readonly TimedReading[];
}

/** What a series leaves behind.
 *  @param rules of its stream as it is defined now; null: it is not */
export function endSeries(rules: AlignmentRules | null, state: SeriesState): SeriesEnd {
  if (rules?.fingerprint === state.fingerprint) {
    return { frames: closeSteps(rules, state.open), unframed: [] };
  }
  const { channels } = gridOf(state.fingerprint);
  const unframed = state.open.flatMap(({ readings }) =>
    readings.map(({ time, values }) => ({ time, values: named(channels, values) })),
  );
  return { frames: [], unframed };
}

function named(channels: readonly string[], values: Observed): TimedReading['values'] {
  return Object.fromEntries(
    channels.flatMap((name, index): [string, number | null][] => {
      const value = values[index];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
