/** @file One series as a fit reads it. */

/** Everything that a fit may see of a series: hand in the training slice only. */
export interface TrainingSeries {
  /** Grid index of the first value. */
  readonly firstGridIndex: number;
  /** `[channels][steps]`, in units of the channel, NaN: not observed. */
  readonly values: readonly Float64Array[];
}
