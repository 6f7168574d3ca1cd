/** @file How a lookback looks to a linear path: free of its level and of its size.
 *
 *  Law: mean and deviation come from the lookback itself, computed afresh each time (a running sum would remember the
 *  whole past), so the normalised values are a function of the lookback alone. */
import { VARIANCE_FLOOR } from '#contracts';
import { fill } from '../fill.js';

/** Of a lookback on the standardised scale. */
export interface Trailing {
  readonly mean: number;
  /** sqrt(population variance + 1e-5). */
  readonly deviation: number;
}

/** Fills a lookback, standardises it by the channel's scale, and normalises it by its own mean and deviation.
 *  @param segment `[lookback]`, units of the channel, NaN: not observed.
 *  @param into `[lookback]`, the normalised values. */
export function normaliseTrailing(
  segment: Float64Array,
  channelMean: number,
  channelDeviation: number,
  into: Float64Array,
): Trailing {
  fill(segment, channelMean, into);
  const length = into.length;
  let sum = 0;
  for (let step = 0; step < length; step++) {
    const standardised = ((into[step] as number) - channelMean) / channelDeviation;
    into[step] = standardised;
    sum += standardised;
  }
  const mean = sum / length;
  let squares = 0;
  for (let step = 0; step < length; step++) {
    const centred = (into[step] as number) - mean;
    into[step] = centred;
    squares += centred * centred;
  }
  const deviation = Math.sqrt(squares / length + VARIANCE_FLOOR);
  for (let step = 0; step < length; step++) into[step] = (into[step] as number) / deviation;
  return { mean, deviation };
}
