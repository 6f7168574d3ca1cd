/** @file How far a channel's values can plausibly reach, guessed from those that a file holds.
 *
 *  The rule: a value is plausible within 30 times the interquartile range of the median, or of another plausible value,
 *  and the range reaches as far beyond the outermost of them, then outwards to two digits. Thirty, since weather, loads
 *  and machines have heavy tails (for a normal channel it is 40 deviations) and only what is absurd shall fall outside:
 *  a wind of 1,048 mph, a sentinel like -9999. From one to the next, since where tails are heaviest (rain) or a machine
 *  has a second state, the rarest values still have neighbours. Where half of the values are equal (rain, mostly zero)
 *  the range between wider quantiles is taken instead, the narrowest that is not zero.
 *
 *  Law: at least half of the values lie inside, and shuffling them changes nothing.
 *  It refuses to guess from fewer than 20 values, or from a channel that (but for its outermost thousandths) stands
 *  still: then there is no range, and nothing is implausible. */

export interface PlausibleRange {
  readonly min: number;
  readonly max: number;
}

const REACH = 30;
const FEWEST = 20;
/** Lower of each pair of quantiles, the interquartile range first. */
const TAILS = [0.25, 0.1, 0.05, 0.01, 0.001] as const;

/** @returns null where nothing can be said */
export function plausibleRange(values: readonly number[]): PlausibleRange | null {
  if (values.length < FEWEST) return null;
  const sorted = Float64Array.from(values).sort();
  const median = quantile(sorted, 0.5);
  const spread = TAILS.map((tail) => quantile(sorted, 1 - tail) - quantile(sorted, tail)).find(
    (span) => span > 0,
  );
  if (spread === undefined) return null;
  const reach = REACH * spread;
  const lowest = lastReached([...sorted.filter((value) => value < median)].reverse(), median, reach);
  const highest = lastReached([...sorted.filter((value) => value > median)], median, reach);
  // Two digits of the reach: finer bounds would pretend to know.
  const unit = 10 ** (Math.floor(Math.log10(reach)) - 1);
  return {
    min: onGrid(Math.floor((lowest - reach) / unit), unit),
    max: onGrid(Math.ceil((highest + reach) / unit), unit),
  };
}

/** The last value that is reached from `from` on without a gap of more than `reach`.
 *  @param values in the order in which they lie beyond `from` */
function lastReached(values: readonly number[], from: number, reach: number): number {
  let last = from;
  for (const value of values) {
    if (Math.abs(value - last) > reach) break;
    last = value;
  }
  return last;
}

function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** `count * unit` without the noise of binary fractions. */
function onGrid(count: number, unit: number): number {
  return Number((count * unit).toPrecision(12)) + 0;
}
