/** @file A program: a function of named tensors with fixed shapes, written in TensorFlow.js operations.
 *
 *  Law: a program is pure and draws nothing, so an executor may run it as it stands or trace it once and compile it. */
import type { Tensor } from '@tensorflow/tfjs-core';

/** `uint8` inputs reach the program as numbers 0 to 255: masks travel as bytes. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: 'float32' | 'uint8';
}

/** Values that belong to the program: weights of a model that serves. */
export interface ConstantSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Tensors by name; asking for one that is not there throws. */
export type NamedTensors = (name: string) => Tensor;

export interface Program {
  readonly name: string;
  readonly inputs: readonly TensorSpec[];
  readonly constants: readonly ConstantSpec[];
  /** Outputs by name, in a fixed order. */
  build(tensors: NamedTensors): Readonly<Record<string, Tensor>>;
}
