/** @file Kernels that move numbers or make them from nothing, and compute nothing. */
import { backend_util, type DataType, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { dataTypeNumber } from '../onnx-proto.js';
import { type Lowering, type LoweringTable, operand, type Recorder } from './lowering.js';

const filled =
  (value: number): Lowering =>
  (recorder, inputs) => {
    const x = operand(inputs, 'x');
    return fill(recorder, x.shape, value, x.dtype);
  };

function fill(recorder: Recorder, shape: readonly number[], value: number, type: DataType): TensorInfo {
  const size = util.sizeFromShape([...shape]);
  return recorder.tensor(recorder.constant(new Float64Array(size).fill(value), shape, type), shape, type);
}

function reshape(recorder: Recorder, x: TensorInfo, shape: readonly number[]): TensorInfo {
  const name = recorder.emit('Reshape', [recorder.nameOf(x), recorder.integers(shape)]);
  return recorder.tensor(name, shape, x.dtype);
}

/** Cut along an axis; the parts keep the axis. */
function split(recorder: Recorder, x: TensorInfo, sizes: readonly number[], axis: number): TensorInfo[] {
  if (sizes.length === 1) return [{ ...x }];
  const names = recorder.emitMany(
    'Split',
    [recorder.nameOf(x), recorder.integers(sizes)],
    { axis },
    sizes.length,
  );
  return names.map((name, i) => {
    const shape = [...x.shape];
    shape[axis] = sizes[i] as number;
    return recorder.tensor(name, shape, x.dtype);
  });
}

function concat(recorder: Recorder, parts: readonly TensorInfo[], axis: number): TensorInfo {
  const first = parts[0] as TensorInfo;
  const shape = [...first.shape];
  shape[axis] = parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0);
  const name = recorder.emit(
    'Concat',
    parts.map((part) => recorder.nameOf(part)),
    { axis },
  );
  return recorder.tensor(name, shape, first.dtype);
}

const axisOf = (axis: unknown, rank: number) =>
  (axis as number) < 0 ? (axis as number) + rank : (axis as number);

export const layout: LoweringTable = {
  Identity: (_recorder, inputs) => ({ ...operand(inputs, 'x') }),
  ZerosLike: filled(0),
  OnesLike: filled(1),
  Fill: (recorder, _inputs, { shape, value, dtype }) =>
    fill(recorder, shape as number[], value as number, (dtype ?? 'float32') as DataType),
  Cast: (recorder, inputs, { dtype }) => {
    const x = operand(inputs, 'x');
    const type = dtype as 'float32' | 'int32' | 'bool';
    const name = recorder.emit('Cast', [recorder.nameOf(x)], { to: dataTypeNumber(type) });
    return recorder.tensor(name, x.shape, type);
  },
  Reshape: (recorder, inputs, { shape }) => {
    const x = operand(inputs, 'x');
    return reshape(recorder, x, util.inferFromImplicitShape(shape as number[], util.sizeFromShape(x.shape)));
  },
  ExpandDims: (recorder, inputs, { dim }) => {
    const x = operand(inputs, 'input');
    const shape = [...x.shape];
    shape.splice(axisOf(dim, x.shape.length + 1), 0, 1);
    return reshape(recorder, x, shape);
  },
  Transpose: (recorder, inputs, { perm }) => {
    const x = operand(inputs, 'x');
    const order = perm as number[];
    const name = recorder.emit('Transpose', [recorder.nameOf(x)], { perm: order });
    return recorder.tensor(
      name,
      order.map((axis) => x.shape[axis] as number),
      x.dtype,
    );
  },
  SplitV: (recorder, inputs, { numOrSizeSplits, axis }) => {
    const x = operand(inputs, 'x');
    const along = axisOf(axis, x.shape.length);
    const sizes = backend_util.prepareSplitSize(x, numOrSizeSplits as number[], along);
    return split(recorder, x, sizes, along);
  },
  Unpack: (recorder, inputs, { axis }) => {
    const x = operand(inputs, 'value');
    const along = axisOf(axis, x.shape.length);
    const shape = x.shape.filter((_, i) => i !== along);
    const ones = new Array<number>(x.shape[along] as number).fill(1);
    return split(recorder, x, ones, along).map((part) => reshape(recorder, part, shape));
  },
  Pack: (recorder, inputs, { axis }) => {
    const parts = Object.values(inputs);
    const shape = [...(parts[0] as TensorInfo).shape];
    const along = axisOf(axis, shape.length + 1);
    shape.splice(along, 0, 1);
    return concat(
      recorder,
      parts.map((part) => reshape(recorder, part, shape)),
      along,
    );
  },
  Concat: (recorder, inputs, { axis }) => {
    const parts = Object.values(inputs);
    return concat(recorder, parts, axisOf(axis, (parts[0] as TensorInfo).shape.length));
  },
  Slice: (recorder, inputs, { begin, size }) => {
    const x = operand(inputs, 'x');
    // Begin and size may be short, or one number.
    const [from, shape] = slice_util.parseSliceParams(x, begin as number[], size as number[]) as [
      number[],
      number[],
    ];
    const to = from.map((start, axis) => start + (shape[axis] as number));
    const axes = from.map((_, axis) => axis);
    const name = recorder.emit('Slice', [
      recorder.nameOf(x),
      ...[from, to, axes].map((list) => recorder.integers(list)),
    ]);
    return recorder.tensor(name, shape, x.dtype);
  },
  PadV2: (recorder, inputs, { paddings, constantValue }) => {
    const x = operand(inputs, 'x');
    const pads = paddings as [number, number][];
    const name = recorder.emit('Pad', [
      recorder.nameOf(x),
      recorder.integers([...pads.map(([before]) => before), ...pads.map(([, after]) => after)]),
      recorder.constant([Number(constantValue ?? 0)], [], x.dtype),
    ]);
    const shape = x.shape.map((size, axis) => size + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0));
    return recorder.tensor(name, shape, x.dtype);
  },
  Tile: (recorder, inputs, { reps }) => {
    const x = operand(inputs, 'x');
    const times = reps as number[];
    const name = recorder.emit('Tile', [recorder.nameOf(x), recorder.integers(times)]);
    return recorder.tensor(
      name,
      x.shape.map((size, axis) => size * (times[axis] as number)),
      x.dtype,
    );
  },
};
