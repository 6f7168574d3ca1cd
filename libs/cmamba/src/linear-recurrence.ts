/** @file h_t = decay_t h_{t-1} + input_t for whole tensors, forwards or backwards in time: block scan and block aggregate.
 *
 *  Within a block sequential and vectorised over all blocks, then a scan over the block totals, then the offsets
 *  applied: about 2 sqrt(patches) operations in sequence where the plain recurrence has 2 patches.
 *  Law: equals the recurrence to float32 rounding. The decays are products of exponentials of negative numbers; no
 *  division by a vanishing product is ever needed, and none is done. */
import * as tf from '@tensorflow/tfjs-core';

/** @param decay, input `[patches, ...state]`
 *  @param initial `[1, ...state]`; null: zero
 *  @param backwards h_t = decay_t h_{t+1} + input_t, from the last patch to the first
 *  @returns every h_t, `[patches, ...state]` */
export function linearRecurrence(
  decay: tf.Tensor,
  input: tf.Tensor,
  initial: tf.Tensor | null,
  backwards = false,
): tf.Tensor {
  const patches = decay.shape[0];
  const length = blockLength(patches);
  return length === patches
    ? sequential(decay, input, initial, backwards)
    : inBlocks(decay, input, initial, backwards, length);
}

function sequential(
  decay: tf.Tensor,
  input: tf.Tensor,
  initial: tf.Tensor | null,
  backwards: boolean,
): tf.Tensor {
  const patches = decay.shape[0];
  if (patches === 1) return initial === null ? input : tf.add(tf.mul(decay, initial), input);
  const decays = tf.split(decay, patches, 0);
  const inputs = tf.split(input, patches, 0);
  const states: tf.Tensor[] = new Array<tf.Tensor>(patches);
  let h = initial;
  for (let i = 0; i < patches; i++) {
    const t = backwards ? patches - 1 - i : i;
    const step = inputs[t] as tf.Tensor;
    h = h === null ? step : tf.add(tf.mul(decays[t] as tf.Tensor, h), step);
    states[t] = h;
  }
  return tf.concat(states, 0);
}

function inBlocks(
  decay: tf.Tensor,
  input: tf.Tensor,
  initial: tf.Tensor | null,
  backwards: boolean,
  length: number,
): tf.Tensor {
  const [patches, ...state] = decay.shape as [number, ...number[]];
  const blocks = patches / length;
  const cut = (tensor: tf.Tensor) => tf.split(tf.reshape(tensor, [blocks, length, ...state]), length, 1);
  const decays = cut(decay);
  const inputs = cut(input);
  // Within all blocks at once, each from zero; and how much of what comes in is left after each step.
  const local: tf.Tensor[] = new Array<tf.Tensor>(length);
  const kept: tf.Tensor[] = new Array<tf.Tensor>(length);
  let h: tf.Tensor | null = null;
  let left: tf.Tensor | null = null;
  for (let i = 0; i < length; i++) {
    const t = backwards ? length - 1 - i : i;
    const step = decays[t] as tf.Tensor;
    h = h === null ? (inputs[t] as tf.Tensor) : tf.add(tf.mul(step, h), inputs[t] as tf.Tensor);
    left = left === null ? step : tf.mul(left, step);
    local[t] = h;
    kept[t] = left;
  }
  // Over the block totals: what each block leaves behind is what the next one starts from.
  const flat = [blocks, ...state];
  const totals = sequential(
    tf.reshape(left as tf.Tensor, flat),
    tf.reshape(h as tf.Tensor, flat),
    initial,
    backwards,
  );
  const start = initial ?? tf.zeros([1, ...state]);
  const before = backwards
    ? tf.concat([tf.slice(totals, 1, blocks - 1), start], 0)
    : tf.concat([start, tf.slice(totals, 0, blocks - 1)], 0);
  const offset = tf.reshape(before, [blocks, 1, ...state]);
  const states = local.map((own, t) => tf.add(own, tf.mul(kept[t] as tf.Tensor, offset)));
  return tf.reshape(tf.concat(states, 1), [patches, ...state]);
}

/** The divisor of `patches` nearest to its root from below: the fewest sequential steps. */
export function blockLength(patches: number): number {
  let length = Math.floor(Math.sqrt(patches));
  while (patches % length !== 0) length--;
  return length === 1 ? patches : length;
}
