/** @file The selective scan: all patches of a segment at once, with its hand-written gradient.
 *
 *      h_t = exp(delta_t A) h_{t-1} + delta_t B_t x_t        y_t = C_t . h_t
 *
 *  The state lies as [sequence, Ns, E], the wide axis innermost; time is the outermost axis of everything, so that one
 *  step is one contiguous piece. Law: equals `selective-scan-ref.ts`, and its gradient equals that of the plain ops. */
import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from './expect-shape.js';
import { linearRecurrence, type Lowering } from './linear-recurrence.js';

export interface ScanInputs {
  /** Step sizes, `[patches, sequences, E]`, positive. */
  readonly delta: tf.Tensor;
  /** `[patches, sequences, E]` */
  readonly x: tf.Tensor;
  /** A = -exp(A_log), `[Ns]`, negative, one vector for all E features. */
  readonly a: tf.Tensor;
  /** `[patches, sequences, Ns]` */
  readonly b: tf.Tensor;
  /** `[patches, sequences, Ns]` */
  readonly c: tf.Tensor;
}

export interface ScanResult {
  /** `[patches, sequences, E]` */
  readonly y: tf.Tensor;
  /** `[sequences, Ns, E]` */
  readonly final: tf.Tensor;
}

/** Forward only, with a state at either end: what serving and validation use.
 *  @param initial `[sequences, Ns, E]`; null: zero */
export function selectiveScan(
  inputs: ScanInputs,
  initial: tf.Tensor | null,
  lowering: Lowering = 'unrolled',
): ScanResult {
  const sizes = scanSizes(inputs);
  const { patches, sequences, state, inner } = sizes;
  const start = initial === null ? null : tf.reshape(initial, [1, sequences, state, inner]);
  const decay = decayOf(inputs, sizes);
  const h = linearRecurrence(decay, driveOf(inputs, sizes), start, lowering);
  return {
    y: readOut(inputs.c, h, sizes),
    final: tf.reshape(patches === 1 ? h : tf.slice(h, patches - 1, 1), [sequences, state, inner]),
  };
}

/** The same y from the zero state, with the gradient written by hand: one recurrence backwards in time,
 *  g_t = C_t dy_t + exp(delta_{t+1} A) g_{t+1}, and everything else over all patches at once.
 *  Worth it: the gradient of the plain ops builds a node for every use of every slice. */
export function trainableScan(inputs: ScanInputs, lowering: Lowering = 'unrolled'): tf.Tensor {
  const sizes = scanSizes(inputs);
  const { patches, sequences, state, inner } = sizes;
  const rows = patches * sequences;
  const scan = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const [delta, x, a, b, c] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const decay = decayOf({ delta, a }, sizes);
    const h = linearRecurrence(decay, driveOf({ delta, x, b }, sizes), null, lowering);
    save([delta, x, a, b, c, decay, h]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [delta, x, a, b, c, decay, h] = saved as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const outer = (modes: tf.Tensor, features: tf.Tensor) =>
        tf.mul(
          tf.reshape(modes, [patches, sequences, state, 1]),
          tf.reshape(features, [patches, sequences, 1, inner]),
        );
      const overModes = (modes: tf.Tensor, states: tf.Tensor) =>
        tf.reshape(tf.matMul(tf.reshape(modes, [rows, 1, state]), tf.reshape(states, [rows, state, inner])), [
          patches,
          sequences,
          inner,
        ]);
      const overFeatures = (states: tf.Tensor, features: tf.Tensor) =>
        tf.reshape(
          tf.matMul(tf.reshape(states, [rows, state, inner]), tf.reshape(features, [rows, inner, 1])),
          [patches, sequences, state],
        );
      // What reaches h_t from later patches came through the decay of the patch after it.
      const none = tf.zeros([1, sequences, state, inner]);
      const later = patches === 1 ? none : tf.concat([tf.slice(decay, 1, patches - 1), none], 0);
      const g = linearRecurrence(later, outer(c, dy), null, lowering, true);
      const before = patches === 1 ? none : tf.concat([none, tf.slice(h, 0, patches - 1)], 0);
      const exponent = tf.mul(tf.mul(g, decay), before);
      const driven = tf.mul(delta, x);
      const dDriven = overModes(b, g);
      const modes = tf.tile(tf.reshape(a, [1, state]), [rows, 1]);
      return [
        tf.add(tf.mul(dDriven, x), overModes(modes, exponent)),
        tf.mul(dDriven, delta),
        tf.sum(overFeatures(exponent, delta), [0, 1]),
        overFeatures(g, driven),
        overFeatures(h, dy),
      ];
    };
    return { value: readOut(c, h, sizes), gradFunc };
  });
  return scan(inputs.delta, inputs.x, inputs.a, inputs.b, inputs.c);
}

interface Sizes {
  readonly patches: number;
  readonly sequences: number;
  readonly state: number;
  readonly inner: number;
}

function scanSizes(inputs: ScanInputs): Sizes {
  const [patches, sequences, inner] = inputs.delta.shape as [number, number, number];
  const state = inputs.a.size;
  expectShape(inputs.x, [patches, sequences, inner], 'x of the scan');
  expectShape(inputs.b, [patches, sequences, state], 'B of the scan');
  expectShape(inputs.c, [patches, sequences, state], 'C of the scan');
  return { patches, sequences, state, inner };
}

/** exp(delta A), `[patches, sequences, Ns, E]`. */
function decayOf({ delta, a }: Pick<ScanInputs, 'delta' | 'a'>, sizes: Sizes): tf.Tensor {
  const { patches, sequences, state, inner } = sizes;
  return tf.exp(tf.mul(tf.reshape(delta, [patches, sequences, 1, inner]), tf.reshape(a, [1, 1, state, 1])));
}

/** delta B x, `[patches, sequences, Ns, E]`. */
function driveOf({ delta, x, b }: Pick<ScanInputs, 'delta' | 'x' | 'b'>, sizes: Sizes): tf.Tensor {
  const { patches, sequences, state, inner } = sizes;
  return tf.mul(
    tf.reshape(tf.mul(delta, x), [patches, sequences, 1, inner]),
    tf.reshape(b, [patches, sequences, state, 1]),
  );
}

/** C . h, `[patches, sequences, E]`. */
function readOut(c: tf.Tensor, h: tf.Tensor, sizes: Sizes): tf.Tensor {
  const { patches, sequences, state, inner } = sizes;
  const rows = patches * sequences;
  return tf.reshape(tf.matMul(tf.reshape(c, [rows, 1, state]), tf.reshape(h, [rows, state, inner])), [
    patches,
    sequences,
    inner,
  ]);
}
