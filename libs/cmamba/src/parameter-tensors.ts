/** @file Parameters as tensors, by name: what the network's functions read. */
import { RollcastError } from '#contracts';
import * as tf from '@tensorflow/tfjs-core';
import type { Parameter } from './weights.js';

export class ParameterTensors {
  constructor(private readonly byName: ReadonlyMap<string, tf.Tensor>) {}

  /** @throws INTERNAL for a name that this network does not have. */
  get(name: string): tf.Tensor {
    const tensor = this.byName.get(name);
    if (tensor === undefined) throw new RollcastError('INTERNAL', { problem: `no parameter ${name}` });
    return tensor;
  }
}

/** Cuts the vector of all weights, `[weightCount]`, into its parameters, in the order of the list. */
export function splitWeights(list: readonly Parameter[], weights: tf.Tensor): tf.Tensor[] {
  const parts =
    list.length === 1
      ? [weights]
      : tf.split(
          weights,
          list.map((parameter) => parameter.length),
          0,
        );
  return list.map((parameter, i) => tf.reshape(parts[i] as tf.Tensor, [...parameter.shape]));
}

/** Names what {@link splitWeights} cut. */
export function nameWeights(list: readonly Parameter[], tensors: readonly tf.Tensor[]): ParameterTensors {
  return new ParameterTensors(new Map(list.map((parameter, i) => [parameter.name, tensors[i] as tf.Tensor])));
}
