/** @file Dropout by given masks: bytes against a threshold.
 *
 *  Law: no random operator stands in any graph. One inside ONNX Runtime would begin its sequence anew with every
 *  session, and a resumed training would differ from an undisturbed one. The mask says what to keep; what is kept is
 *  scaled by the exact fraction of bytes that are kept, not by the rate that was asked for. */
import { RollcastError } from '#contracts';
import * as tf from '@tensorflow/tfjs-core';

/** Bytes below this are dropped: 26 for a rate of 0.1 (which drops 26 of 256, so 0.1016).
 *  @throws BAD_CONFIGURATION for a rate outside [0, 1). */
export function dropoutThreshold(rate: number): number {
  const threshold = Math.round(rate * 256);
  if (!(rate >= 0) || threshold > 255) {
    throw new RollcastError('BAD_CONFIGURATION', { problem: `dropout rate ${rate} is not in [0, 1)` });
  }
  return threshold;
}

/** @param mask random bytes as numbers 0 to 255, in the shape of the tensor */
export function dropout(tensor: tf.Tensor, mask: tf.Tensor, threshold: number): tf.Tensor {
  const keep = tf.cast(tf.greaterEqual(mask, threshold), 'float32');
  return tf.mul(tensor, tf.mul(tf.reshape(keep, tensor.shape), 256 / (256 - threshold)));
}
