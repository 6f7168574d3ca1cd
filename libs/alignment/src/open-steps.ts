/** @file The state of a series: its watermark, and the steps that are still open with what was sent for each time.
 *
 *  Law: steps ascend, and so do the times in a step; one entry a time. Everything here is a value: a change makes
 *  a new list and leaves the old one as it was. `stateToJson` writes it, `stateFromJson` reads it. */

export interface SeriesState {
  /** Grid and channels that the numbers below belong to. */
  readonly fingerprint: string;
  /** Milliseconds. Every step before the one that holds it is closed: this is also the last closed step. */
  readonly watermark: number;
  readonly open: readonly OpenStep[];
}

/** What one time says of each channel, in the order of the definition: a value, `null` (sent as not observed), or
 *  `undefined` (not sent). */
export type Observed = readonly (number | null | undefined)[];

export interface TimedValues {
  /** Milliseconds. */
  readonly time: number;
  readonly values: Observed;
}

export interface OpenStep {
  readonly index: number;
  readonly readings: readonly TimedValues[];
  /** What it takes in the text of the state, its comma too; always `stepBytes`, kept so as not to write it out. */
  readonly bytes: number;
}

/** Where `key` stands in an ascending list, or `~place` where it would have to be put. From the end: what comes
 *  in is nearly always the newest. */
export function place<T>(list: readonly T[], key: number, keyOf: (item: T) => number): number {
  for (let at = list.length - 1; at >= 0; at--) {
    const here = keyOf(list[at] as T);
    if (here === key) return at;
    if (here < key) return ~(at + 1);
  }
  return ~0;
}

/** The list with `item` at `at`, which `place` has given: replaced there, or inserted. */
export function put<T>(list: readonly T[], at: number, item: T): readonly T[] {
  return at >= 0 ? list.with(at, item) : list.toSpliced(~at, 0, item);
}
