/** @file The windowed network: the paper's form, as its official code has it. Parity is checked on it.
 *
 *  Law: the same blocks as the recurrent form; what differs is what keeps it from being stepped: normalisation over the
 *  whole lookback, positions by index, a padded last patch, a head over all patches, a state that starts at zero. */
import * as tf from '@tensorflow/tfjs-core';
import type { CmambaConfig } from '../config.js';
import { encodeForTraining, type EncoderOptions } from '../encoder.js';
import { expectShape } from '../expect-shape.js';
import type { ParameterTensors } from '../parameter-tensors.js';
import { type Parameter, parametersOf } from '../weights.js';

export interface WindowedConfig extends Omit<CmambaConfig, 'memory' | 'dtMin' | 'dtMax'> {
  readonly patchLength: number;
}

/** N: patches in the lookback, the padded one included. */
function windowedPatches({ lookback, patchLength, stride }: WindowedConfig): number {
  return Math.floor((lookback - patchLength) / stride) + 2;
}

export function windowedParameters(config: WindowedConfig): readonly Parameter[] {
  return parametersOf(config, {
    embeddingInputs: config.patchLength,
    headInputs: config.dModel * windowedPatches(config),
    linearPath: false,
  });
}

/** @param input `[batch, lookback, channels]`
 *  @returns `[batch, horizon, channels]`, on the scale of the input */
export function windowedPass(
  parameters: ParameterTensors,
  config: WindowedConfig,
  input: tf.Tensor,
  options: EncoderOptions = {},
): tf.Tensor {
  const { lookback, channels, patchLength, stride, dModel, horizon } = config;
  const [batch = 0] = input.shape;
  expectShape(input, [batch, lookback, channels], 'input');
  const sequences = batch * channels;
  const patches = windowedPatches(config);

  const mean = tf.mean(input, 1, true);
  const centred = tf.sub(input, mean);
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-5));
  const normal = tf.reshape(tf.transpose(tf.div(centred, deviation), [0, 2, 1]), [sequences, lookback]);
  const last = tf.slice(normal, [0, lookback - 1], [sequences, 1]);
  const padded = tf.concat([normal, tf.tile(last, [1, stride])], 1);
  const cut = tf.stack(
    Array.from({ length: patches }, (_, n) => tf.slice(padded, [0, n * stride], [sequences, patchLength])),
  );
  const values = tf.matMul(
    tf.reshape(cut, [patches * sequences, patchLength]),
    parameters.get('patch_embedding.value_embedding.weight'),
  );
  const placed = tf.reshape(
    tf.add(tf.reshape(values, [patches, sequences, dModel]), positions(patches, dModel)),
    [patches * sequences, dModel],
  );
  options.observe?.('patch_embedding', placed);
  const features = encodeForTraining(parameters, config, placed, patches, null, options);
  // The official head flattens [D, N]: all patches of one feature, then the next feature.
  const perSequence = tf.transpose(tf.reshape(features, [patches, sequences, dModel]), [1, 2, 0]);
  const output = tf.add(
    tf.matMul(tf.reshape(perSequence, [sequences, patches * dModel]), parameters.get('head.linear.weight')),
    parameters.get('head.linear.bias'),
  );
  options.observe?.('head', output);
  const byTime = tf.transpose(tf.reshape(output, [batch, channels, horizon]), [0, 2, 1]);
  return tf.add(tf.mul(byTime, deviation), mean);
}

/** Fixed sinusoidal encoding of the patch index (Vaswani et al. 2017, section 3.5), `[patches, 1, width]`. */
function positions(patches: number, width: number): tf.Tensor {
  const values = new Float32Array(patches * width);
  for (let patch = 0; patch < patches; patch++) {
    for (let i = 0; i < width; i++) {
      const angle = patch * Math.exp((-Math.log(10_000) * (i - (i % 2))) / width);
      values[patch * width + i] = i % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return tf.tensor(values, [patches, 1, width]);
}
