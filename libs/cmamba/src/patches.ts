/** @file From the last values of a channel to the patch that the network reads. Used by serving and by training.
 *
 *  Law: a patch is a function of its `lookback` values and of the level of the patch before, in this order of
 *  operations and in float64, so that live, replay and training agree to the bit. It keeps no running sum: a running
 *  sum remembers the whole past. Refuses nothing and fills nothing: values come standardised, filled and finite. */
import { VARIANCE_FLOOR } from '#contracts';

/** Mean and deviation of the values in a patch: what de-normalises its forecast, and what the next one is compared to. */
export interface Level {
  readonly mean: number;
  /** sqrt(population variance + 1e-5): never 0. */
  readonly deviation: number;
}

/** Level of `values[end - lookback, end)`. */
export function levelOf(values: ArrayLike<number>, end: number, lookback: number): Level {
  let sum = 0;
  for (let i = end - lookback; i < end; i++) sum += values[i] as number;
  const mean = sum / lookback;
  let squares = 0;
  for (let i = end - lookback; i < end; i++) squares += ((values[i] as number) - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / lookback + VARIANCE_FLOOR) };
}

/** Writes the patch that ends before `end`: `lookback` normalised values, then how the level moved since the patch
 *  before. Both level features are bounded or grow like a logarithm, because a spike that leaves the patch would
 *  otherwise blow them up.
 *  @param previous level of the patch before (for a peek: of the last commit); null where there is none.
 *  @param target written at `offset` to `offset + lookback + 2`.
 *  @returns the level of this patch.
 *  @example const level = writePatch(ring, ring.length, 96, lastCommit, features, channel * 98); */
export function writePatch(
  values: ArrayLike<number>,
  end: number,
  lookback: number,
  previous: Level | null,
  target: Float32Array,
  offset: number,
): Level {
  const level = levelOf(values, end, lookback);
  const first = end - lookback;
  for (let i = 0; i < lookback; i++) {
    target[offset + i] = ((values[first + i] as number) - level.mean) / level.deviation;
  }
  const before = previous ?? level;
  target[offset + lookback] = Math.asinh((level.mean - before.mean) / level.deviation);
  target[offset + lookback + 1] = Math.max(-1, Math.min(1, Math.log(level.deviation / before.deviation)));
  return level;
}

/** Brings outputs of the network back to the scale of the values.
 *  @param outputs `[channels, horizon]`
 *  @param levels one a channel */
export function denormalise(
  outputs: Float32Array,
  levels: readonly Level[],
  horizon: number,
): Float64Array<ArrayBuffer> {
  const values = new Float64Array(outputs.length);
  levels.forEach((level, channel) => {
    for (let i = channel * horizon; i < (channel + 1) * horizon; i++) {
      values[i] = (outputs[i] as number) * level.deviation + level.mean;
    }
  });
  return values;
}
