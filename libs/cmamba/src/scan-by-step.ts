/** @file The scan unrolled: a handful of small operations for every patch, forwards and back again.
 *
 *  Law: everything that has the size of a state stays one patch long, so it lives in the processor's cache; only what
 *  is as thin as the inputs is cut apart and joined. On a CPU this beats one large operation over all patches. */
import * as tf from '@tensorflow/tfjs-core';
import type { ScanInputs, ScanSizes } from './scan-inputs.js';

export interface StepwiseScan {
  /** `[patches, sequences, E]` */
  readonly y: tf.Tensor;
  /** After each patch, `[sequences, Ns, E]`. */
  readonly states: readonly tf.Tensor[];
  /** exp(delta_t A) of each patch, `[sequences, Ns, E]`; of the first one only where there is an initial state. */
  readonly decays: readonly (tf.Tensor | null)[];
}

/** @param initial `[sequences, Ns, E]`; null: zero */
export function scanByStep(inputs: ScanInputs, initial: tf.Tensor | null, sizes: ScanSizes): StepwiseScan {
  const { patches, state, inner } = sizes;
  const a = tf.reshape(inputs.a, [1, state, 1]);
  const delta = perPatch(inputs.delta, [1, inner], sizes);
  const driven = perPatch(tf.mul(inputs.delta, inputs.x), [1, inner], sizes);
  const b = perPatch(inputs.b, [state, 1], sizes);
  const c = perPatch(inputs.c, [1, state], sizes);
  const states: tf.Tensor[] = [];
  const decays: (tf.Tensor | null)[] = [];
  const ys: tf.Tensor[] = [];
  let h = initial;
  for (let t = 0; t < patches; t++) {
    const drive: tf.Tensor = tf.mul(at(driven, t), at(b, t));
    const decay: tf.Tensor | null = h === null ? null : tf.exp(tf.mul(at(delta, t), a));
    h = h === null || decay === null ? drive : tf.add(tf.mul(decay, h), drive);
    ys.push(tf.matMul(at(c, t), h));
    states.push(h);
    decays.push(decay);
  }
  return { y: overPatches(ys, inner, sizes), states, decays };
}

/** Gradients of delta, x, A, B, C for dy, from the zero state.
 *
 *  One recurrence backwards in time: g_t = C_t dy_t + exp(delta_{t+1} A) g_{t+1} is the gradient of h_t. */
export function scanByStepGradient(
  inputs: ScanInputs,
  { states, decays }: Pick<StepwiseScan, 'states' | 'decays'>,
  dy: tf.Tensor,
  sizes: ScanSizes,
): [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor] {
  const { patches, sequences, state, inner } = sizes;
  const modes = tf.tile(tf.reshape(inputs.a, [1, 1, state]), [sequences, 1, 1]);
  const delta = perPatch(inputs.delta, [inner, 1], sizes);
  const driven = perPatch(tf.mul(inputs.delta, inputs.x), [inner, 1], sizes);
  const b = perPatch(inputs.b, [1, state], sizes);
  const c = perPatch(inputs.c, [state, 1], sizes);
  const dyRows = perPatch(dy, [1, inner], sizes);
  const dyColumns = perPatch(dy, [inner, 1], sizes);

  const [ofDecay, ofDriven, ofB, ofC]: [tf.Tensor[], tf.Tensor[], tf.Tensor[], tf.Tensor[]] = [
    [],
    [],
    [],
    [],
  ];
  const place = (list: tf.Tensor[], t: number, value: tf.Tensor) => (list[t] = value);
  let g: tf.Tensor | null = null;
  let ofA: tf.Tensor | null = null;
  for (let t = patches - 1; t >= 0; t--) {
    const own: tf.Tensor = tf.mul(at(c, t), at(dyRows, t));
    g = g === null ? own : tf.add(own, g);
    place(ofDriven, t, tf.matMul(at(b, t), g));
    place(ofB, t, tf.matMul(g, at(driven, t)));
    place(ofC, t, tf.matMul(at(states, t), at(dyColumns, t)));
    const decay: tf.Tensor | null = decays[t] ?? null;
    if (t === 0 || decay === null) {
      place(ofDecay, t, tf.zeros([sequences, 1, inner]));
      continue;
    }
    // What reaches h_{t-1}; times h_{t-1} it is also the gradient of the exponent.
    g = tf.mul(g, decay);
    const ofExponent: tf.Tensor = tf.mul(g, at(states, t - 1));
    place(ofDecay, t, tf.matMul(modes, ofExponent));
    const share: tf.Tensor = tf.matMul(ofExponent, at(delta, t));
    ofA = ofA === null ? share : tf.add(ofA, share);
  }
  const dDriven = overPatches(ofDriven, inner, sizes);
  return [
    tf.add(tf.mul(dDriven, inputs.x), overPatches(ofDecay, inner, sizes)),
    tf.mul(dDriven, inputs.delta),
    ofA === null ? tf.zeros([state]) : tf.reshape(tf.sum(ofA, 0), [state]),
    overPatches(ofB, state, sizes),
    overPatches(ofC, state, sizes),
  ];
}

/** `[patches, sequences, width]` to one `[sequences, ...shape]` a patch, without moving more than once. */
function perPatch(
  tensor: tf.Tensor,
  shape: [number, number],
  { patches, sequences }: ScanSizes,
): tf.Tensor[] {
  const rows = tf.reshape(tensor, [patches * sequences, ...shape]);
  return patches === 1 ? [rows] : tf.split(rows, patches, 0);
}

function overPatches(
  parts: readonly tf.Tensor[],
  width: number,
  { patches, sequences }: ScanSizes,
): tf.Tensor {
  const joined = patches === 1 ? at(parts, 0) : tf.concat([...parts], 0);
  return tf.reshape(joined, [patches, sequences, width]);
}

function at(list: readonly tf.Tensor[], t: number): tf.Tensor {
  return list[t] as tf.Tensor;
}
