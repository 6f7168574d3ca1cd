/** @file What a forecaster puts where nothing was observed: one pure function of the values that it can see.
 *
 *  Law: training and serving call this same function on the same segment (the context that a forecast looks back
 *  on, never the values before it), so a gap looks the same to both. An observed value is never changed. */

/** The last observed value; before the first one the channel's mean over the training slice.
 *  @param segment values of one channel, oldest first, NaN: not observed.
 *  @param mean of the channel over the training slice, same units.
 *  @param into as long as the segment, or the segment itself. */
export function fill(segment: Float64Array, mean: number, into: Float64Array): void {
  let last = mean;
  for (let step = 0; step < segment.length; step++) {
    const value = segment[step] as number;
    if (!Number.isNaN(value)) last = value;
    into[step] = last;
  }
}

/** The last observed value of a segment, or the mean: where `fill` ends. */
export function lastObserved(segment: Float64Array, mean: number): number {
  for (let step = segment.length - 1; step >= 0; step--) {
    const value = segment[step] as number;
    if (!Number.isNaN(value)) return value;
  }
  return mean;
}
