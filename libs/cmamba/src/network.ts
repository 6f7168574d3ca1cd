/** @file The recurrent network: patches in, forecasts on the normalised scale out. Parallel over a segment, or a step.
 *
 *  Law: for any series, stepping patch by patch equals the parallel pass over the same patches to float32 rounding,
 *  whatever the batch and wherever a state was handed over. No index within a segment, no padding: order comes from the
 *  recurrence. The linear path reads the values of the patch itself, which are the normalised lookback. */
import * as tf from '@tensorflow/tfjs-core';
import { type CmambaConfig, patchWidth } from './config.js';
import { dropout } from './dropout.js';
import { encode, encodeForTraining, type EncoderOptions, type RecurrentTensors } from './encoder.js';
import { expectShape } from './expect-shape.js';
import type { ParameterTensors } from './parameter-tensors.js';
import { LINEAR_PATH } from './weights.js';

/** Random bytes for dropout, as numbers 0 to 255. Rows are (patch, series, channel). */
export interface DropoutMasks {
  /** Below it a byte means: drop. */
  readonly threshold: number;
  /** `[patches * sequences, D]` */
  readonly embedding: tf.Tensor;
  /** One a block, `[patches * sequences, D]` */
  readonly blocks: readonly tf.Tensor[];
}

export interface ParallelOptions extends EncoderOptions {
  /** The first patch whose output is wanted; those before it only make the state. */
  readonly from?: number;
}

/** All patches of a segment at once, from the zero state, with gradients. Unlike the published network it drops nothing of
 *  the output: an absolute error is least where a forecast is right whenever it is kept, and what is kept is scaled up, so
 *  every forecast would be taught to be a tenth too small (docs/model.md).
 *  @param patches `[patches, sequences, lookback + 2]`, sequences = series * channels
 *  @param masks null: nothing is dropped
 *  @returns `[(patches - from) * sequences, horizon]`
 *  @throws INTERNAL for another shape. */
export function trainingPass(
  parameters: ParameterTensors,
  config: CmambaConfig,
  patches: tf.Tensor,
  masks: DropoutMasks | null,
  options: ParallelOptions = {},
): tf.Tensor {
  const { count, rows } = checkPatches(config, patches);
  const from = options.from ?? 0;
  const flat = tf.reshape(patches, [rows, patchWidth(config)]);
  let features: tf.Tensor | null = null;
  if (config.blocks > 0) {
    const embedded = embed(parameters, flat);
    const dropped = masks === null ? embedded : dropout(embedded, masks.embedding, masks.threshold);
    const dropping = masks === null ? null : { masks: masks.blocks, threshold: masks.threshold };
    features = encodeForTraining(parameters, config, dropped, count, dropping, options);
  }
  const first = (from * rows) / count;
  const linear = linearByChannel(parameters.get(LINEAR_PATH), config, rowsFrom(flat, first));
  return head(parameters, rowsFrom(features, first), linear);
}

/** All patches of a segment at once, from a state (null: zero) to a state, nothing dropped.
 *  @returns outputs `[(patches - from) * sequences, horizon]` */
export function parallel(
  parameters: ParameterTensors,
  config: CmambaConfig,
  patches: tf.Tensor,
  state: RecurrentTensors | null,
  options: ParallelOptions = {},
): { readonly outputs: tf.Tensor; readonly state: RecurrentTensors } {
  const { count, rows } = checkPatches(config, patches);
  const first = ((options.from ?? 0) * rows) / count;
  const flat = tf.reshape(patches, [rows, patchWidth(config)]);
  const linear = linearByRow(parameters.get(LINEAR_PATH), config, rowsFrom(flat, first));
  if (config.blocks === 0) return { outputs: linear, state: { hidden: [] } };
  const encoded = encode(parameters, config, embed(parameters, flat), count, state, options);
  return { outputs: head(parameters, rowsFrom(encoded.features, first), linear), state: encoded.state };
}

/** One patch of each sequence, from a state to a state: a commit if the state is kept, a peek if it is not.
 *  @param patch `[sequences, lookback + 2]`
 *  @returns outputs `[sequences, horizon]` */
export function step(
  parameters: ParameterTensors,
  config: CmambaConfig,
  patch: tf.Tensor,
  state: RecurrentTensors | null,
): { readonly outputs: tf.Tensor; readonly state: RecurrentTensors } {
  return parallel(parameters, config, tf.expandDims(patch, 0), state);
}

function checkPatches(config: CmambaConfig, patches: tf.Tensor): { count: number; rows: number } {
  const [count = 0, sequences = 0] = patches.shape;
  expectShape(patches, [count, sequences, patchWidth(config)], 'patches');
  return { count, rows: count * sequences };
}

function embed(parameters: ParameterTensors, flat: tf.Tensor): tf.Tensor {
  return tf.matMul(flat, parameters.get('patch_embedding.value_embedding.weight'));
}

/** The linear paths beside the head; with no blocks, they alone. */
function head(parameters: ParameterTensors, features: tf.Tensor | null, linear: tf.Tensor): tf.Tensor {
  if (features === null) return linear;
  const product = tf.matMul(features, parameters.get('head.linear.weight'));
  return tf.add(tf.add(product, parameters.get('head.linear.bias')), linear);
}

/** Every channel by its own weights, a product a channel: with gradients. */
function linearByChannel(weights: tf.Tensor, config: CmambaConfig, flat: tf.Tensor): tf.Tensor {
  const outputs = tf.matMul(tf.transpose(lookbacks(config, flat), [1, 0, 2]), weights);
  return tf.reshape(tf.transpose(outputs, [1, 0, 2]), [-1, config.horizon]);
}

/** The same, a product a row: its bits are then those of the row, whatever stands beside it in the batch. */
function linearByRow(weights: tf.Tensor, config: CmambaConfig, flat: tf.Tensor): tf.Tensor {
  const outputs = tf.matMul(tf.expandDims(lookbacks(config, flat), 2), weights);
  return tf.reshape(outputs, [-1, config.horizon]);
}

/** `[patches * series, channels, lookback]`: the values of the patches, without their level features. */
function lookbacks({ channels, lookback }: CmambaConfig, flat: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.slice(flat, [0, 0], [-1, lookback]), [-1, channels, lookback]);
}

function rowsFrom<T extends tf.Tensor | null>(tensor: T, first: number): T {
  return tensor === null || first === 0 ? tensor : tf.slice(tensor, first);
}
