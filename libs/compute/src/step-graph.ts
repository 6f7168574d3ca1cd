/** @file One step of many series as a program: the inference graph of a model version.
 *
 *  Weights are constants of the program, under their official names, so the traced file stands by itself: anyone with
 *  ONNX Runtime can load it. A peek has no state among its outputs: most steps are peeks, and copying states out costs. */
import {
  type CmambaConfig,
  nameWeights,
  parameters,
  patchWidth,
  type RecurrentTensors,
  stateSize,
  step,
  weightCount,
} from '#cmamba';
import { RollcastError } from '#contracts';
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors, Program } from './program.js';

/** Inputs: `patches [series, channels, lookback + 2]` and, where there are blocks,
 *  `state [series, blocks, channels * dState * dInner]`.
 *  Outputs: `outputs [series, channels, horizon]` and, of a commit, `nextState`.
 *  @throws INTERNAL for weights of another network. */
export function stepGraph(
  config: CmambaConfig,
  weights: Float32Array,
  series: number,
  kind: 'peek' | 'commit',
): Program {
  const list = parameters(config);
  if (weights.length !== weightCount(list)) {
    throw new RollcastError('INTERNAL', {
      problem: `${weights.length} weights for a network of ${weightCount(list)}`,
    });
  }
  const perBlock = config.blocks === 0 ? 0 : stateSize(config) / config.blocks;
  return {
    name: kind,
    constants: list.map(({ name, shape, offset, length }) => ({
      name,
      shape,
      values: weights.subarray(offset, offset + length),
    })),
    inputs: [
      { name: 'patches', shape: [series, config.channels, patchWidth(config)], type: 'float32' },
      ...(config.blocks === 0
        ? []
        : [{ name: 'state', shape: [series, config.blocks, perBlock], type: 'float32' } as const]),
    ],
    build: (tensors) => {
      const named = nameWeights(
        list,
        list.map(({ name }) => tensors(name)),
      );
      const rows = series * config.channels;
      const patch = tf.reshape(tensors('patches'), [rows, patchWidth(config)]);
      const result = step(named, config, patch, stateOf(tensors, config, rows));
      const outputs = tf.reshape(result.outputs, [series, config.channels, config.horizon]);
      if (kind === 'peek' || config.blocks === 0) return { outputs };
      const parts = result.state.hidden.map((hidden) => tf.reshape(hidden, [series, 1, perBlock]));
      return { outputs, nextState: parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, 1) };
    },
  };
}

function stateOf(tensors: NamedTensors, config: CmambaConfig, rows: number): RecurrentTensors | null {
  if (config.blocks === 0) return null;
  const state = tensors('state');
  const blocks = config.blocks === 1 ? [state] : tf.split(state, config.blocks, 1);
  return { hidden: blocks.map((block) => tf.reshape(block, [rows, config.dState, config.dInner])) };
}
