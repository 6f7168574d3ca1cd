/** @file The selective scan: all patches of a segment at once, with its hand-written gradient.
 *
 *      h_t = exp(delta_t A) h_{t-1} + delta_t B_t x_t        y_t = C_t . h_t
 *
 *  The state lies as [sequence, Ns, E], the wide axis innermost; time is the outermost axis of everything, so that one
 *  step is one contiguous piece. Law: both forms equal `testing/selective-scan-ref.ts`, and their gradients equal that of
 *  the plain operations. */
import * as tf from '@tensorflow/tfjs-core';
import { scanByBlock, scanByBlockGradient } from './scan-by-block.js';
import { scanByStep, scanByStepGradient } from './scan-by-step.js';
import { type ScanInputs, scanSizes } from './scan-inputs.js';

/** `by-step`: small operations, patch by patch (CPU). `by-block`: few large ones (GPU). */
export type ScanForm = 'by-step' | 'by-block';

export interface ScanResult {
  /** `[patches, sequences, E]` */
  readonly y: tf.Tensor;
  /** `[sequences, Ns, E]` */
  readonly final: tf.Tensor;
}

/** Forward only, with a state at either end: what serving and validation use.
 *  @param initial `[sequences, Ns, E]`; null: zero
 *  @throws INTERNAL where the shapes do not fit each other. */
export function selectiveScan(
  inputs: ScanInputs,
  initial: tf.Tensor | null,
  scanForm: ScanForm = 'by-step',
): ScanResult {
  const sizes = scanSizes(inputs);
  const { patches, sequences, state, inner } = sizes;
  if (scanForm === 'by-step') {
    const { y, states } = scanByStep(inputs, initial, sizes);
    return { y, final: states.at(-1) as tf.Tensor };
  }
  const { y, states } = scanByBlock(inputs, initial, sizes);
  return { y, final: tf.reshape(tf.slice(states, patches - 1, 1), [sequences, state, inner]) };
}

/** The same y from the zero state, with the gradient written by hand: one recurrence backwards in time. The gradient
 *  that TensorFlow.js would derive is of twice the size, and pads every slice back to its whole. */
export function trainableScan(inputs: ScanInputs, scanForm: ScanForm = 'by-step'): tf.Tensor {
  const sizes = scanSizes(inputs);
  const named = (tensors: readonly tf.Tensor[]): ScanInputs => {
    const [delta, x, a, b, c] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    return { delta, x, a, b, c };
  };
  const scan = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const given = args as tf.Tensor[];
    const count = given.length;
    if (scanForm === 'by-step') {
      const { y, states, decays } = scanByStep(named(given), null, sizes);
      // The first patch has no decay: there is nothing before it.
      save([...given, ...states, ...(decays.slice(1) as tf.Tensor[])]);
      return {
        value: y,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const states = saved.slice(count, count + sizes.patches);
          const decays = [null, ...saved.slice(count + sizes.patches)];
          return scanByStepGradient(named(saved), { states, decays }, dy, sizes);
        },
      };
    }
    const { y, states, decays } = scanByBlock(named(given), null, sizes);
    save([...given, states, decays]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [states, decays] = saved.slice(count) as [tf.Tensor, tf.Tensor];
        return scanByBlockGradient(named(saved), { states, decays }, dy, sizes);
      },
    };
  });
  return scan(inputs.delta, inputs.x, inputs.a, inputs.b, inputs.c);
}
