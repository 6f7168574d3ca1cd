/** @file Honest intervals: offsets from the point to the two quantiles, learned online from what became of the
 *  intervals themselves.
 *
 *  For each channel and judged lead two quantiles of the signed error (truth - point) are tracked (quantile tracking,
 *  the P of conformal PID control; Angelopoulos, Candes, Tibshirani 2023, arXiv 2307.16895, 2.1): when a truth was
 *  above its published interval the upper one moves up by `STEP * 0.95`, when it was not, down by `STEP * 0.05`, in
 *  units of the running mean absolute error; the lower one alike. What counts is the interval that was *published*,
 *  `lead` steps ago: then the sum of all moves stays bounded, and the share of truths above it tends to 5 % whatever
 *  the errors do and however late they come. (Judging by today's quantile instead gave 83 % at lead 24 of the weather,
 *  where the size of the errors changes within a day.) The unit follows a change of regime in some tens of errors, and
 *  one absurd error hardly moves it.
 *
 *  Law: (state, judged) -> state is pure and the state is plain JSON. An interval always holds its point. Where it
 *  begins: at the offsets that a model version brings (quantiles of its held-back errors); without them the
 *  forecaster's own deviations answer until a lead has `enoughErrors`, and meanwhile the quantiles follow the errors: for
 *  ever at a lead on which truths never fall (three-hourly stations on an hourly grid). */
import { type IntervalOffsets, QUANTILES } from '#contracts';

/** Flat, `[channels, leads]`; entry `channel * leads + lead's place`. JSON-able. */
export interface Calibration {
  /** Errors seen, capped where more change nothing. */
  readonly count: readonly number[];
  /** Running mean absolute error, units of the channel. */
  readonly unit: readonly number[];
  /** Tracked quantiles of error / unit. */
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

export interface CalibrationShape {
  readonly channels: number;
  readonly horizon: number;
  /** `judgedLeads(horizon)`: ascending, the last one is the horizon. */
  readonly leads: readonly number[];
}

const [LOW, HIGH] = QUANTILES.map(Number) as [number, number];
/** Final step of the tracked quantiles, in units of the running error. On hourly weather 0.04, 0.08, 0.15 cover 88.4,
 *  88.8, 88.8 % at lead 24 (last value), with an interval score of 4.30, 4.39, 4.62. */
const STEP = 0.05;
/** The first steps are larger: `FIRST_STEPS / (errors + 1)` until that is below `STEP`. */
const FIRST_STEPS = 4;
/** Errors that the running unit remembers. */
const MEMORY = 100;
/** An error counts for so many units at most. Of a heavy tail (Laplace) one in 20,000 is larger; a regime that is a
 *  hundred times as wide is still followed within 150 errors. */
const MOST_UNITS = 10;
/** What offsets brought by a version count for, in errors; at least enough of them. */
const BROUGHT = 60;
/** Standard normal quantile at HIGH; and a normal deviation over its mean absolute error. */
const NORMAL_QUANTILE = 1.6448536269514722;
const NORMAL_UNIT = 1.2533141373155003;

/** Errors at a lead after which they are trusted more than the forecaster's own deviations: errors of long leads
 *  overlap, so they need more. */
export function enoughErrors(lead: number): number {
  return 30 + 2 * lead;
}

/** @param initial offsets of a model version; null: none, calibration starts as if errors were normal. */
export function beginCalibration(shape: CalibrationShape, initial: IntervalOffsets | null): Calibration {
  const size = shape.channels * shape.leads.length;
  const normal = NORMAL_QUANTILE * NORMAL_UNIT;
  const count = new Array<number>(size).fill(0);
  const unit = new Array<number>(size).fill(0);
  const lower = new Array<number>(size).fill(-normal);
  const upper = new Array<number>(size).fill(normal);
  if (initial === null) return { count, unit, lower, upper };
  for (let channel = 0; channel < shape.channels; channel++) {
    for (const [place, lead] of shape.leads.entries()) {
      const at = channel * shape.leads.length + place;
      const low = Math.min(0, offsetAt(initial.lower[channel] ?? [], initial.leads, lead));
      const high = Math.max(0, offsetAt(initial.upper[channel] ?? [], initial.leads, lead));
      const width = (high - low) / 2;
      if (!(width > 0)) continue;
      count[at] = Math.max(BROUGHT, enoughErrors(lead));
      unit[at] = width / normal;
      lower[at] = (low / width) * normal;
      upper[at] = (high / width) * normal;
    }
  }
  return { count, unit, lower, upper };
}

/** What became of the forecasts that one frame judges; flat `[channels, leads]`. */
export interface JudgedError {
  /** Truth - point, in units of the channel; NaN: nothing to learn here. */
  readonly error: ArrayLike<number>;
  /** Where the truth was: -1 below the published interval, 0 inside, 1 above. */
  readonly side: ArrayLike<number>;
}

/** The calibration after one more frame. */
export function calibrate(
  { leads }: CalibrationShape,
  calibration: Calibration,
  { error, side }: JudgedError,
): Calibration {
  const count = [...calibration.count];
  const unit = [...calibration.unit];
  const lower = [...calibration.lower];
  const upper = [...calibration.upper];
  for (let at = 0; at < count.length; at++) {
    const value = error[at] as number;
    if (!Number.isFinite(value)) continue;
    const seen = count[at] as number;
    const before = unit[at] as number;
    // The first error sets the unit; it cannot be above or below a quantile that had none.
    if (before > 0) {
      const step = Math.max(STEP, FIRST_STEPS / (seen + 1));
      const [low, high] = [lower[at] as number, upper[at] as number];
      const published = seen >= enoughErrors(leads[at % leads.length] as number);
      const below = published ? side[at] === -1 : value < low * before;
      const above = published ? side[at] === 1 : value > high * before;
      // Published intervals hold their point: a quantile on the far side of it would never be told to come back.
      lower[at] = Math.min(0, low + step * (below ? LOW - 1 : LOW));
      upper[at] = Math.max(0, high + step * (above ? HIGH : HIGH - 1));
    }
    count[at] = Math.min(seen + 1, MOST);
    const size = Math.abs(value);
    const counted = before > 0 ? Math.min(size, MOST_UNITS * before) : size;
    unit[at] = before + (counted - before) / Math.min(seen + 1, MEMORY);
  }
  return { count, unit, lower, upper };
}

/** More than any threshold looks at: capped so that a long stream's state does not change for nothing. */
const MOST = 1_000_000;

/** Bounds of the 90 % interval, `[channels, horizon]` each: lower <= point <= upper.
 *  @param point `[channels, horizon]`. @param deviation same; null: the forecaster has none, and without offsets an
 *  interval has no width before the first error. */
export function intervals(
  calibration: Calibration,
  { channels, horizon, leads }: CalibrationShape,
  point: Float64Array,
  deviation: Float64Array | null,
): { lower: Float64Array; upper: Float64Array } {
  const lower = new Float64Array(channels * horizon);
  const upper = new Float64Array(channels * horizon);
  const low = new Float64Array(leads.length);
  const high = new Float64Array(leads.length);
  for (let channel = 0; channel < channels; channel++) {
    for (const [place, lead] of leads.entries()) {
      const at = channel * leads.length + place;
      const own = deviation === null ? null : (deviation[channel * horizon + lead - 1] as number);
      if (own !== null && (calibration.count[at] as number) < enoughErrors(lead)) {
        low[place] = -NORMAL_QUANTILE * own;
        high[place] = NORMAL_QUANTILE * own;
      } else {
        const unit = calibration.unit[at] as number;
        low[place] = (calibration.lower[at] as number) * unit;
        high[place] = (calibration.upper[at] as number) * unit;
      }
    }
    for (let lead = 1; lead <= horizon; lead++) {
      const at = channel * horizon + lead - 1;
      lower[at] = (point[at] as number) + offsetAt(low, leads, lead);
      upper[at] = (point[at] as number) + offsetAt(high, leads, lead);
    }
  }
  return { lower, upper };
}

/** Linear between judged leads; beyond the first and the last as they are. */
function offsetAt(offsets: ArrayLike<number>, leads: readonly number[], lead: number): number {
  let next = 0;
  while (next < leads.length - 1 && (leads[next] as number) < lead) next++;
  const right = leads[next] as number;
  const after = offsets[next] as number;
  if (next === 0 || lead >= right) return after;
  const left = leads[next - 1] as number;
  const before = offsets[next - 1] as number;
  return before + ((after - before) * (lead - left)) / (right - left);
}
