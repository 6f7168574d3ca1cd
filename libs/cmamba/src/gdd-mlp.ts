/** @file GDD-MLP (CMamba, section 4.2): global data-dependent mixing of the channels of one series.
 *
 *  Every channel's vector is pooled over its own features (mean and max); one MLP across channels makes a scale from
 *  each pooling, another a shift; the two are summed and squashed. Law: it pools within a patch, never over time, so
 *  it is causal as it stands; and it mixes the channels of one series only. */
import * as tf from '@tensorflow/tfjs-core';
import type { ParameterTensors } from './parameter-tensors.js';

/** @param features `[rows, D]`; rows are (patch, series, channel), the channel innermost
 *  @param prefix `encoder.layers.{k}.GDDMLP` */
export function gddMlp(
  parameters: ParameterTensors,
  prefix: string,
  features: tf.Tensor,
  channels: number,
): tf.Tensor {
  const rows = features.shape[0];
  const groups = rows / channels;
  // Both poolings go through one product: [mean of every group, then max of every group].
  const pooled = tf.concat(
    [
      tf.reshape(tf.mean(features, 1), [groups, channels]),
      tf.reshape(tf.max(features, 1), [groups, channels]),
    ],
    0,
  );
  const gate = (part: 'fc_sc' | 'fc_sf') => {
    const inner = gelu(tf.matMul(pooled, parameters.get(`${prefix}.${part}.0.weight`)));
    const both = tf.matMul(inner, parameters.get(`${prefix}.${part}.2.weight`));
    const [ofMean, ofMax] = tf.split(both, 2, 0) as [tf.Tensor, tf.Tensor];
    return tf.reshape(tf.sigmoid(tf.add(ofMean, ofMax)), [rows, 1]);
  };
  return tf.add(tf.mul(gate('fc_sc'), features), gate('fc_sf'));
}

/** The exact form, not the tanh approximation. */
function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}
