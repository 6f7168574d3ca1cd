/** @file What training minimises: absolute error on the scale of the values, over what was observed.
 *
 *  Law: a gap never trains: whatever stands in an unobserved target, NaN included, changes neither the loss nor any
 *  gradient. The error is measured de-normalised (times the deviation of its patch), so a calm stretch does not shout. */
import * as tf from '@tensorflow/tfjs-core';

/** @param outputs `[rows, horizon]`, normalised
 *  @param targets `[rows, horizon]`, normalised by the same patch; anything where not observed
 *  @param observed `[rows, horizon]`, 1 or 0
 *  @param scale `[rows, 1]`, deviation of the patch
 *  @returns a scalar: the mean over what was observed, 0 where nothing was */
export function scaledAbsoluteError(
  outputs: tf.Tensor,
  targets: tf.Tensor,
  observed: tf.Tensor,
  scale: tf.Tensor,
): tf.Scalar {
  const known = tf.greater(observed, 0);
  const truth = tf.where(known, targets, tf.zerosLike(targets));
  const errors = tf.mul(tf.mul(tf.abs(tf.sub(outputs, truth)), observed), scale);
  const count = tf.maximum(tf.sum(observed), 1);
  return tf.div(tf.sum(errors), count);
}
