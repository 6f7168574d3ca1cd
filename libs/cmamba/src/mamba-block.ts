/** @file M-Mamba (CMamba, section 4.1): a selective state space without convolution, whose skip depends on the data.
 *
 *      [x, z] = in_proj(u);  x = silu(x);  [d, B, C, D] = x_proj(x);  delta = softplus(dt_proj(d))
 *      out = out_proj((scan(delta, A, B, C, x) + D x) silu(z))
 *
 *  Law: row by row except for the scan; what crosses rows in time is the state alone. */
import * as tf from '@tensorflow/tfjs-core';
import type { ParameterTensors } from './parameter-tensors.js';
import { expectShape } from './expect-shape.js';
import type { ScanInputs } from './scan-inputs.js';

export interface MambaSizes {
  readonly patches: number;
  readonly sequences: number;
  readonly dInner: number;
  readonly dState: number;
  readonly dtRank: number;
}

/** @param features `[patches * sequences, D]`, patches outermost
 *  @param prefix `encoder.layers.{k}.mixer`
 *  @param scan y from delta, x, A, B, C: with or without a state, for gradients or not
 *  @returns `[patches * sequences, D]` */
export function mambaBlock(
  parameters: ParameterTensors,
  prefix: string,
  features: tf.Tensor,
  sizes: MambaSizes,
  scan: (inputs: ScanInputs) => tf.Tensor,
): tf.Tensor {
  const { patches, sequences, dInner, dState, dtRank } = sizes;
  const rows = patches * sequences;
  const project = (name: string, input: tf.Tensor) =>
    tf.matMul(input, parameters.get(`${prefix}.${name}.weight`));
  const biased = (name: string, input: tf.Tensor) =>
    tf.add(project(name, input), parameters.get(`${prefix}.${name}.bias`));
  const inTime = (tensor: tf.Tensor, width: number) => tf.reshape(tensor, [patches, sequences, width]);

  const [inner, gate] = tf.split(biased('in_proj', features), 2, 1) as [tf.Tensor, tf.Tensor];
  const x = silu(inner);
  const [low, b, c, skip] = tf.split(project('x_proj', x), [dtRank, dState, dState, dInner], 1) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const y = scan({
    delta: inTime(softplus(biased('dt_proj', low)), dInner),
    x: inTime(x, dInner),
    a: tf.neg(tf.exp(parameters.get(`${prefix}.A_log`))),
    b: inTime(b, dState),
    c: inTime(c, dState),
  });
  const flat = tf.reshape(expectShape(y, [patches, sequences, dInner], 'y of the scan'), [rows, dInner]);
  return biased('out_proj', tf.mul(tf.add(flat, tf.mul(skip, x)), silu(gate)));
}

/** RMSNorm with a learned weight, eps 1e-5. */
export function rmsNorm(features: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const power = tf.mean(tf.mul(features, features), 1, true);
  return tf.mul(tf.mul(features, tf.rsqrt(tf.add(power, 1e-5))), weight);
}

export function silu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(x));
}

/** log(1 + exp(x)) from operations that are vectorised everywhere: as one operator it costs a tenth of a training step
 *  on ONNX Runtime, number by number. The larger of x and 0 is taken out, so nothing overflows. */
function softplus(x: tf.Tensor): tf.Tensor {
  const plus = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    save([x]);
    const rest = tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1));
    return {
      value: tf.add(tf.maximum(x, 0), rest),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, tf.sigmoid(saved[0] as tf.Tensor)),
    };
  });
  return plus(x);
}
