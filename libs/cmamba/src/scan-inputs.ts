/** @file What a selective scan is given, and the sizes in it. Time is the outermost axis of everything. */
import type * as tf from '@tensorflow/tfjs-core';
import { expectShape } from './expect-shape.js';

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

export interface ScanSizes {
  readonly patches: number;
  readonly sequences: number;
  readonly state: number;
  readonly inner: number;
}

/** @throws INTERNAL where the shapes do not fit each other. */
export function scanSizes(inputs: ScanInputs): ScanSizes {
  const [patches, sequences, inner] = inputs.delta.shape as [number, number, number];
  const state = inputs.a.size;
  expectShape(inputs.x, [patches, sequences, inner], 'x of the scan');
  expectShape(inputs.b, [patches, sequences, state], 'B of the scan');
  expectShape(inputs.c, [patches, sequences, state], 'C of the scan');
  return { patches, sequences, state, inner };
}
