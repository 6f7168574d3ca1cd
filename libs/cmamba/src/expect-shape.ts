/** @file Shapes are asserted where they change; a comment about a shape may be wrong, this cannot. */
import { RollcastError } from '#contracts';
import type { Tensor } from '@tensorflow/tfjs-core';

/** @returns the tensor itself.
 *  @throws INTERNAL naming what was expected of whom. */
export function expectShape<T extends Tensor>(tensor: T, shape: readonly number[], what: string): T {
  if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
    throw new RollcastError('INTERNAL', {
      problem: `${what} is [${tensor.shape.join(', ')}] and should be [${shape.join(', ')}]`,
    });
  }
  return tensor;
}
