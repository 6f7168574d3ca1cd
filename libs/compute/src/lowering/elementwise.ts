/** @file Kernels that work number by number. */
import { backend_util } from '@tensorflow/tfjs-core';
import { type Lowering, type LoweringTable, operand } from './lowering.js';

const unary =
  (op: string): Lowering =>
  (recorder, inputs) => {
    const x = operand(inputs, 'x');
    return recorder.tensor(recorder.emit(op, [recorder.nameOf(x)]), x.shape, x.dtype);
  };

const binary =
  (op: string, type?: 'bool'): Lowering =>
  (recorder, inputs) => {
    const [a, b] = [operand(inputs, 'a'), operand(inputs, 'b')];
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const name = recorder.emit(op, [recorder.nameOf(a), recorder.nameOf(b)]);
    return recorder.tensor(name, shape, type ?? a.dtype);
  };

export const elementwise: LoweringTable = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
  Equal: binary('Equal', 'bool'),
  Greater: binary('Greater', 'bool'),
  GreaterEqual: binary('GreaterOrEqual', 'bool'),
  Less: binary('Less', 'bool'),
  LessEqual: binary('LessOrEqual', 'bool'),
  LogicalAnd: binary('And', 'bool'),
  LogicalNot: unary('Not'),
  Exp: unary('Exp'),
  Log: unary('Log'),
  Neg: unary('Neg'),
  Abs: unary('Abs'),
  Sqrt: unary('Sqrt'),
  Erf: unary('Erf'),
  Sigmoid: unary('Sigmoid'),
  Softplus: unary('Softplus'),
  Square: (recorder, inputs) => {
    const x = operand(inputs, 'x');
    const name = recorder.nameOf(x);
    return recorder.tensor(recorder.emit('Mul', [name, name]), x.shape, x.dtype);
  },
  Rsqrt: (recorder, inputs) => {
    const x = operand(inputs, 'x');
    const root = recorder.emit('Sqrt', [recorder.nameOf(x)]);
    return recorder.tensor(recorder.emit('Reciprocal', [root]), x.shape, x.dtype);
  },
  // 1 above zero, `alpha` elsewhere: -1 where it stands for the sign in the gradient of Abs.
  Step: (recorder, inputs, { alpha }) => {
    const x = operand(inputs, 'x');
    const positive = recorder.emit('Greater', [recorder.nameOf(x), recorder.constant([0], [], 'float32')]);
    const [above, below] = [1, Number(alpha ?? 0)].map((value) => recorder.constant([value], [], 'float32'));
    return recorder.tensor(
      recorder.emit('Where', [positive, above as string, below as string]),
      x.shape,
      x.dtype,
    );
  },
  Select: (recorder, inputs) => {
    const [condition, t, e] = ['condition', 't', 'e'].map((name) => operand(inputs, name));
    if (condition === undefined || t === undefined || e === undefined) throw new TypeError('Select');
    const name = recorder.emit(
      'Where',
      [condition, t, e].map((tensor) => recorder.nameOf(tensor)),
    );
    return recorder.tensor(name, t.shape, t.dtype);
  },
};
