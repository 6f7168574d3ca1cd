/** @file Channel mixup (CMamba, section 4.3): a channel borrows from another one while training, before normalisation.
 *
 *  Law: x'[c] = x[c] + lambda[c] x[permutation[c]], the same permutation and lambdas for inputs and targets of one
 *  sample. The draws are given. What was not observed (NaN) in either channel is not observed in the mixture. */
import { RollcastError } from '#contracts';

/** @param values one array a channel, all of one length
 *  @param permutation of the channels; one a batch
 *  @param lambdas one a channel, drawn from Normal(0, sigma^2); new for every sample
 *  @throws INTERNAL where the three do not speak of the same channels.
 *  @example mixChannels(values, draws.permutation(values.length), values.map(() => sigma * draws.normal())) */
export function mixChannels(
  values: readonly ArrayLike<number>[],
  permutation: readonly number[],
  lambdas: ArrayLike<number>,
): Float64Array<ArrayBuffer>[] {
  if (permutation.length !== values.length || lambdas.length !== values.length) {
    throw new RollcastError('INTERNAL', {
      problem: `mixup of ${values.length} channels with a permutation of ${permutation.length} and ${lambdas.length} lambdas`,
    });
  }
  return values.map((own, channel) => {
    const other = values[permutation[channel] as number];
    if (other === undefined) {
      throw new RollcastError('INTERNAL', { problem: `mixup with channel ${permutation[channel]}` });
    }
    const lambda = lambdas[channel] as number;
    return Float64Array.from(own, (value, i) => value + lambda * (other[i] as number));
  });
}
