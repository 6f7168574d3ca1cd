/** @file The scan by blocks: every operation over all patches at once, for hardware where each one is a launch.
 *
 *  Law: the same numbers as `scan-by-step.ts`, from a few large operations and one short recurrence. */
import * as tf from '@tensorflow/tfjs-core';
import { linearRecurrence } from './linear-recurrence.js';
import type { ScanInputs, ScanSizes } from './scan-inputs.js';

export interface BlockwiseScan {
  /** `[patches, sequences, E]` */
  readonly y: tf.Tensor;
  /** After every patch, `[patches, sequences, Ns, E]`. */
  readonly states: tf.Tensor;
  /** exp(delta A), `[patches, sequences, Ns, E]`. */
  readonly decays: tf.Tensor;
}

/** @param initial `[sequences, Ns, E]`; null: zero */
export function scanByBlock(inputs: ScanInputs, initial: tf.Tensor | null, sizes: ScanSizes): BlockwiseScan {
  const { sequences, state, inner } = sizes;
  const decays = tf.exp(
    outer(tf.tile(tf.reshape(inputs.a, [1, state]), [rowsOf(sizes), 1]), inputs.delta, sizes),
  );
  const drive = outer(inputs.b, tf.mul(inputs.delta, inputs.x), sizes);
  const start = initial === null ? null : tf.reshape(initial, [1, sequences, state, inner]);
  const states = linearRecurrence(decays, drive, start);
  return { y: overModes(inputs.c, states, sizes), states, decays };
}

/** Gradients of delta, x, A, B, C for dy, from the zero state: see `scanByStepGradient`. */
export function scanByBlockGradient(
  inputs: ScanInputs,
  { states, decays }: Pick<BlockwiseScan, 'states' | 'decays'>,
  dy: tf.Tensor,
  sizes: ScanSizes,
): [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor] {
  const { patches, sequences, state, inner } = sizes;
  const none = tf.zeros([1, sequences, state, inner]);
  const after = patches === 1 ? none : tf.concat([tf.slice(decays, 1, patches - 1), none], 0);
  const g = linearRecurrence(after, outer(inputs.c, dy, sizes), null, true);
  const before = patches === 1 ? none : tf.concat([none, tf.slice(states, 0, patches - 1)], 0);
  const ofExponent = tf.mul(tf.mul(g, decays), before);
  const ofDriven = overModes(inputs.b, g, sizes);
  const modes = tf.tile(tf.reshape(inputs.a, [1, state]), [rowsOf(sizes), 1]);
  return [
    tf.add(tf.mul(ofDriven, inputs.x), overModes(modes, ofExponent, sizes)),
    tf.mul(ofDriven, inputs.delta),
    tf.sum(overFeatures(ofExponent, inputs.delta, sizes), [0, 1]),
    overFeatures(g, tf.mul(inputs.delta, inputs.x), sizes),
    overFeatures(states, dy, sizes),
  ];
}

const rowsOf = ({ patches, sequences }: ScanSizes) => patches * sequences;

/** Every mode times every feature, `[patches, sequences, Ns, E]`. */
function outer(modes: tf.Tensor, features: tf.Tensor, sizes: ScanSizes): tf.Tensor {
  const { patches, sequences, state, inner } = sizes;
  return tf.mul(
    tf.reshape(modes, [patches, sequences, state, 1]),
    tf.reshape(features, [patches, sequences, 1, inner]),
  );
}

/** Summed over the modes, `[patches, sequences, E]`. */
function overModes(modes: tf.Tensor, states: tf.Tensor, sizes: ScanSizes): tf.Tensor {
  const { patches, sequences, state, inner } = sizes;
  const rows = rowsOf(sizes);
  const product = tf.matMul(tf.reshape(modes, [rows, 1, state]), tf.reshape(states, [rows, state, inner]));
  return tf.reshape(product, [patches, sequences, inner]);
}

/** Summed over the features, `[patches, sequences, Ns]`. */
function overFeatures(states: tf.Tensor, features: tf.Tensor, sizes: ScanSizes): tf.Tensor {
  const { patches, sequences, state, inner } = sizes;
  const rows = rowsOf(sizes);
  const product = tf.matMul(tf.reshape(states, [rows, state, inner]), tf.reshape(features, [rows, inner, 1]));
  return tf.reshape(product, [patches, sequences, state]);
}
