/** @file What a lowering is: one TensorFlow.js kernel said in ONNX nodes. */
import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

/** Where a lowering writes. */
export interface Recorder {
  /** The graph's name for a tensor. */
  nameOf(tensor: TensorInfo): string;
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  emitMany(op: string, inputs: readonly string[], attributes: Attributes, outputs: number): string[];
  /** A tensor that stands for a name of the graph. */
  tensor(name: string, shape: readonly number[], type: TensorInfo['dtype']): TensorInfo;
  integers(values: readonly number[]): string;
  constant(values: ArrayLike<number>, shape: readonly number[], type: TensorInfo['dtype']): string;
}

export type Attributes = Readonly<Record<string, number | readonly number[]>>;

export type Lowering = (
  recorder: Recorder,
  inputs: Readonly<Record<string, TensorInfo>>,
  attributes: NamedAttrMap,
) => TensorInfo | TensorInfo[];

/** Lowerings by the name of the kernel. */
export type LoweringTable = Readonly<Record<string, Lowering>>;

/** An input that the kernel always has. */
export function operand(inputs: Readonly<Record<string, TensorInfo>>, name: string): TensorInfo {
  return inputs[name] as TensorInfo;
}
