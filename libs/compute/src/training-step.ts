/** @file One training step as a program: forward with dropout, loss, gradient, Adam, averaged weights.
 *
 *  Weights, moments and averages are one vector each, in the order of `parameters(config)`: so Adam is a dozen
 *  operations and not a dozen a parameter, and a checkpoint is four arrays. Law: everything that varies from step to
 *  step (masks, rates, corrections) is an input; the same inputs give the same outputs, in any session. */
import {
  type CmambaConfig,
  dropoutThreshold,
  LINEAR_PATH,
  type ScanForm,
  nameWeights,
  parameters,
  patchWidth,
  scaledAbsoluteError,
  splitWeights,
  trainingPass,
  weightCount,
} from '#cmamba';
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors, Program, TensorSpec } from './program.js';

export interface TrainingShape {
  /** Segments in one batch. */
  readonly segments: number;
  /** The first patch whose output is trained: before it a state is too young to answer for anything. */
  readonly lossFrom: number;
  /** Of embedding and blocks; 0 makes a program without masks, as does a network without blocks. */
  readonly dropout: number;
  readonly scanForm?: ScanForm;
}

/** Adam (Kingma and Ba 2015), and how much slower the linear path learns. */
const ADAM = { first: 0.9, second: 0.999, epsilon: 1e-8 } as const;
const LINEAR_PATH_RATE = 0.1;

/** The scalars of step `n` (counted from 1): bias corrections and the decay of the averaged weights. */
export function stepScalars(n: number): { correction1: number; correction2: number; decay: number } {
  return {
    correction1: 1 / (1 - ADAM.first ** n),
    correction2: 1 / (1 - ADAM.second ** n),
    decay: Math.min(0.995, (1 + n) / (4 + n)),
  };
}

/** Sizes that follow from configuration and shape. */
export function trainingSizes(config: CmambaConfig, { segments, lossFrom }: TrainingShape) {
  const sequences = segments * config.channels;
  return {
    sequences,
    rows: config.memory * sequences,
    outputRows: (config.memory - lossFrom) * sequences,
    weights: weightCount(parameters(config)),
  };
}

/** Inputs: `weights first second averaged [weights]`, `patches [memory, sequences, lookback + 2]`,
 *  `targets observed [outputRows, horizon]`, `scale [outputRows, 1]`, masks (bytes), `rate correction1 correction2
 *  decay []`. Outputs: `loss []`, `nextWeights nextFirst nextSecond nextAveraged`. */
export function trainingStep(config: CmambaConfig, shape: TrainingShape): Program {
  const list = parameters(config);
  const { sequences, rows, outputRows, weights: count } = trainingSizes(config, shape);
  const threshold = dropoutThreshold(shape.dropout);
  const float = (name: string, dimensions: readonly number[]): TensorSpec => ({
    name,
    shape: dimensions,
    type: 'float32',
  });
  const bytes = (name: string, dimensions: readonly number[]): TensorSpec => ({
    name,
    shape: dimensions,
    type: 'uint8',
  });
  const masked = threshold > 0 && config.blocks > 0;
  return {
    name: 'training-step',
    constants: [],
    inputs: [
      ...['weights', 'first', 'second', 'averaged'].map((name) => float(name, [count])),
      float('patches', [config.memory, sequences, patchWidth(config)]),
      float('targets', [outputRows, config.horizon]),
      bytes('observed', [outputRows, config.horizon]),
      float('scale', [outputRows, 1]),
      ...(masked
        ? [
            bytes('embeddingMask', [rows, config.dModel]),
            bytes('blockMasks', [config.blocks, rows * config.dModel]),
          ]
        : []),
      ...['rate', 'correction1', 'correction2', 'decay'].map((name) => float(name, [])),
    ],
    build: (tensors) => {
      const masks = masked ? masksOf(tensors, config, threshold) : null;
      const options = {
        from: shape.lossFrom,
        ...(shape.scanForm === undefined ? {} : { scanForm: shape.scanForm }),
      };
      const { value, grads } = tf.valueAndGrads((...split: tf.Tensor[]) => {
        const outputs = trainingPass(nameWeights(list, split), config, tensors('patches'), masks, options);
        return scaledAbsoluteError(outputs, tensors('targets'), tensors('observed'), tensors('scale'));
      })(splitWeights(list, tensors('weights')));
      const flat = grads.map((gradient) => tf.reshape(gradient, [gradient.size]));
      const gradient = flat.length === 1 ? (flat[0] as tf.Tensor) : tf.concat(flat, 0);
      const linear = list.find((parameter) => parameter.name === LINEAR_PATH)?.length ?? 0;
      return { loss: value, ...adam(tensors, gradient, rates(linear, count)) };
    },
  };
}

function masksOf(tensors: NamedTensors, config: CmambaConfig, threshold: number) {
  const all = tensors('blockMasks');
  const blocks = config.blocks === 1 ? [all] : tf.split(all, config.blocks, 0);
  return { threshold, embedding: tensors('embeddingMask'), blocks };
}

/** The share of the rate that each number of the weights learns with. */
function rates(linear: number, count: number): tf.Tensor {
  const path = tf.fill([linear], LINEAR_PATH_RATE);
  return linear === count ? path : tf.concat([path, tf.fill([count - linear], 1)], 0);
}

function adam(tensors: NamedTensors, gradient: tf.Tensor, share: tf.Tensor): Record<string, tf.Tensor> {
  const blend = (old: tf.Tensor, fresh: tf.Tensor, keep: number) =>
    tf.add(tf.mul(old, keep), tf.mul(fresh, 1 - keep));
  const first = blend(tensors('first'), gradient, ADAM.first);
  const second = blend(tensors('second'), tf.mul(gradient, gradient), ADAM.second);
  const corrected = tf.sqrt(tf.mul(second, tensors('correction2')));
  const update = tf.div(tf.mul(first, tensors('correction1')), tf.add(corrected, ADAM.epsilon));
  const weights = tf.sub(tensors('weights'), tf.mul(tf.mul(update, share), tensors('rate')));
  const averaged = tf.add(weights, tf.mul(tf.sub(tensors('averaged'), weights), tensors('decay')));
  return { nextWeights: weights, nextFirst: first, nextSecond: second, nextAveraged: averaged };
}
