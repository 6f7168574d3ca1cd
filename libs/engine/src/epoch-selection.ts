/** @file Which epoch is served: the one rule that keeps a training from choosing noise.
 *
 *  Law: epoch 0 is the ridge itself. An epoch takes its place only where its validation error is lower by more than one
 *  standard error of the difference (the rule of Breiman et al. 1984, section 3.4.3, applied to pairs); among those
 *  that may, the lowest error wins. A slice that is one chunk cannot tell a difference from noise: ridge stays. */

/** An error of a validation slice and what each of its chunks adds to it. */
export interface ValidationError {
  readonly error: number;
  /** They sum up to the error. */
  readonly parts: number[];
}

/** @param start of epoch 0, over the same chunks */
export function isClearlyBetter(epoch: readonly number[], start: readonly number[]): boolean {
  const count = start.length;
  if (count < 2) return false;
  const gains = start.map((part, chunk) => part - (epoch[chunk] as number));
  const gain = gains.reduce((sum, one) => sum + one, 0);
  const spread = gains.reduce((sum, one) => sum + (one - gain / count) ** 2, 0) / (count - 1);
  return gain > Math.sqrt(count * spread);
}
