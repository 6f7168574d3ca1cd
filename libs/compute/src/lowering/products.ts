/** @file Matrix products and reductions: kernels that sum. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type Lowering, type LoweringTable, operand, type Recorder } from './lowering.js';

const reduction =
  (op: string): Lowering =>
  (recorder, inputs, attributes) => {
    const x = operand(inputs, 'x');
    // Max and Min name their axes otherwise than Sum and Mean.
    const given = (attributes['axis'] ?? attributes['reductionIndices']) as number | number[];
    const axes = util.parseAxisParam(given, x.shape);
    const keep = attributes['keepDims'] === true;
    const shape = keep
      ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
      : x.shape.filter((_, axis) => !axes.includes(axis));
    const name = recorder.emit(op, [recorder.nameOf(x), recorder.integers(axes)], {
      keepdims: keep ? 1 : 0,
    });
    return recorder.tensor(name, shape, x.dtype);
  };

/** The product of two matrices: Gemm transposes for nothing. */
function gemm(recorder: Recorder, a: Matrix, b: Matrix): string {
  return recorder.emit('Gemm', [a.name, b.name], {
    transA: a.transposed ? 1 : 0,
    transB: b.transposed ? 1 : 0,
  });
}

interface Matrix {
  readonly name: string;
  readonly transposed: boolean;
}

const isMatrix = (tensor: TensorInfo) => tensor.shape.slice(0, -2).every((size) => size === 1);

const batchMatMul: Lowering = (recorder, inputs, { transposeA, transposeB }) => {
  const [a, b] = [operand(inputs, 'a'), operand(inputs, 'b')];
  const [rows, columns] = [
    a.shape.at(transposeA === true ? -1 : -2),
    b.shape.at(transposeB === true ? -2 : -1),
  ];
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, rows as number, columns as number];
  if (isMatrix(a) && isMatrix(b)) {
    const flat = (tensor: TensorInfo, transposed: unknown): Matrix => ({
      name:
        tensor.shape.length === 2
          ? recorder.nameOf(tensor)
          : recorder.emit('Reshape', [recorder.nameOf(tensor), recorder.integers(tensor.shape.slice(-2))]),
      transposed: transposed === true,
    });
    const product = gemm(recorder, flat(a, transposeA), flat(b, transposeB));
    const name = shape.length === 2 ? product : recorder.emit('Reshape', [product, recorder.integers(shape)]);
    return recorder.tensor(name, shape, a.dtype);
  }
  const turned = (tensor: TensorInfo, transposed: unknown) => {
    if (transposed !== true) return recorder.nameOf(tensor);
    const rank = tensor.shape.length;
    const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    return recorder.emit('Transpose', [recorder.nameOf(tensor)], { perm });
  };
  const name = recorder.emit('MatMul', [turned(a, transposeA), turned(b, transposeB)]);
  return recorder.tensor(name, shape, a.dtype);
};

export const products: LoweringTable = {
  BatchMatMul: batchMatMul,
  Sum: reduction('ReduceSum'),
  Mean: reduction('ReduceMean'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
};
