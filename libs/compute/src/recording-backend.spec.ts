import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compiledExecutor } from './compiled.js';
import { eagerExecutor } from './eager.js';
import type { Program } from './program.js';
import { record } from './recording-backend.js';
import { randomArray, randomNumbers, relativeDifference } from '#cmamba/testing';

type Op = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;

/** A program of one operation: its value and its gradients, weighted so that no entry is like another. */
function programOf(op: Op, withGradient: boolean): Program {
  const weigh = (value: tf.Tensor) => {
    const weights = Float32Array.from({ length: value.size }, (_, i) => Math.sin(i + 1));
    return tf.mul(value, tf.tensor(weights, value.shape));
  };
  return {
    name: 'one-operation',
    constants: [],
    inputs: [
      { name: 'x', shape: [4, 6], type: 'float32' },
      { name: 'y', shape: [4, 6], type: 'float32' },
    ],
    build: (tensors) => {
      const [x, y] = [tensors('x'), tensors('y')];
      const value = op(x, y);
      if (!withGradient) return { value: tf.cast(value, 'float32') };
      const grads = tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.sum(weigh(op(x, y))))([x, y]);
      return { value, dx: grads[0] as tf.Tensor, dy: grads[1] as tf.Tensor };
    },
  };
}

const withGradients: Record<string, Op> = {
  add: (x, y) => tf.add(x, tf.sum(y, 0, true)),
  sub: (x, y) => tf.sub(x, tf.sum(y, 1, true)),
  mul: (x, y) => tf.mul(x, tf.mean(y, 0)),
  div: (x, y) => tf.div(x, tf.add(tf.abs(y), 1)),
  maximum: (x, y) => tf.maximum(x, y),
  minimum: (x, y) => tf.minimum(x, y),
  exp: (x, y) => tf.exp(tf.mul(x, y)),
  log: (x, y) => tf.log(tf.add(tf.square(x), tf.exp(y))),
  sqrt: (x, y) => tf.sqrt(tf.add(tf.square(x), tf.exp(y))),
  rsqrt: (x, y) => tf.rsqrt(tf.add(tf.square(x), tf.exp(y))),
  'abs, negative side': (x, y) => tf.abs(tf.sub(x, y)),
  'relu by step': (x, y) => tf.mul(tf.mul(x, tf.step(x)), y),
  neg: (x, y) => tf.neg(tf.mul(x, y)),
  erf: (x, y) => tf.erf(tf.mul(x, y)),
  sigmoid: (x, y) => tf.mul(tf.sigmoid(x), y),
  softplus: (x, y) => tf.mul(tf.softplus(x), y),
  where: (x, y) => tf.where(tf.tensor([1, 0, 0, 1, 1, 0], [6], 'bool'), tf.mul(x, 2), y),
  'matMul, transposed': (x, y) => tf.matMul(x, y, false, true),
  'matMul, both transposed': (x, y) => tf.matMul(x, tf.reshape(y, [6, 4]), true, true),
  'matMul, batched': (x, y) => tf.matMul(tf.reshape(x, [2, 2, 6]), tf.reshape(y, [2, 6, 2])),
  'matMul, batched and transposed': (x, y) =>
    tf.matMul(tf.reshape(x, [2, 2, 6]), tf.reshape(y, [2, 2, 6]), false, true),
  'sum over several axes': (x, y) =>
    tf.sum(tf.mul(tf.reshape(x, [2, 2, 6]), tf.reshape(y, [2, 2, 6])), [0, 2]),
  max: (x, y) => tf.max(tf.mul(x, y), 1, true),
  min: (x, y) => tf.min(tf.mul(x, y), 0),
  split: (x, y) => {
    const [a, b, c] = tf.split(x, [1, 2, 3], 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.add(tf.concat([tf.mul(c, 2), a, tf.exp(b)], 1), y);
  },
  'unstack and stack': (x, y) =>
    tf.add(
      tf.stack(
        tf.unstack(x, 1).map((part, i) => tf.mul(part, i + 1)),
        1,
      ),
      y,
    ),
  transpose: (x, y) => tf.mul(tf.transpose(tf.reshape(x, [2, 3, 4]), [2, 0, 1]), tf.reshape(y, [4, 2, 3])),
  slice: (x, y) => tf.mul(tf.slice(x, [1, 2], [3, 4]), tf.slice(y, [1, 0], [-1, 4])),
  pad: (x, y) =>
    tf.add(
      tf.pad(tf.slice(x, 0, 2), [
        [1, 1],
        [0, 0],
      ]),
      y,
    ),
  tile: (x, y) => tf.add(tf.tile(tf.slice(x, 0, 2), [2, 1]), y),
  expandDims: (x, y) => tf.squeeze(tf.mul(tf.expandDims(x, 1), tf.expandDims(y, -2))),
};

const valuesOnly: Record<string, Op> = {
  comparisons: (x, y) =>
    tf.add(
      tf.add(tf.cast(tf.less(x, y), 'float32'), tf.mul(2, tf.cast(tf.lessEqual(x, y), 'float32'))),
      tf.add(tf.mul(4, tf.cast(tf.greaterEqual(x, y), 'float32')), tf.cast(tf.equal(x, x), 'float32')),
    ),
  logic: (x, y) => tf.logicalAnd(tf.greater(x, 0), tf.logicalNot(tf.greater(y, 0))),
  fills: (x) => tf.add(tf.add(tf.zerosLike(x), tf.onesLike(x)), tf.fill([4, 6], 3)),
  power: (x) => tf.pow(tf.exp(x), 1.5),
};

describe('a recorded operation gives what TensorFlow.js gives', () => {
  const cases = [
    ...Object.entries(withGradients).map(([name, op]) => [`${name}, and its gradients`, op, true] as const),
    ...Object.entries(valuesOnly).map(([name, op]) => [name, op, false] as const),
  ];
  test.each(cases)('%s', async (_name, op, withGradient) => {
    const next = randomNumbers(11);
    const feeds = { x: randomArray(next, 24), y: randomArray(next, 24) };
    const program = programOf(op, withGradient);
    const [eager, compiled] = [await eagerExecutor('cpu'), compiledExecutor()];
    const expected = await (await eager.prepare(program)).run(feeds);
    const prepared = await compiled.prepare(program);
    const actual = await prepared.run(feeds);
    await prepared.release();
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, values] of Object.entries(expected)) {
      expect(relativeDifference(actual[name] ?? [], values), name).toBeLessThan(2e-6);
    }
  });
});

describe('recording', () => {
  const simple = programOf((x, y) => tf.add(x, y), false);

  test('names a kernel that has no lowering, and leaves the engine as it was', () => {
    const before = [tf.getBackend(), tf.memory().numTensors];
    expect(() => record(programOf((x) => tf.cumsum(x), false))).toThrow(/kernel Cumsum has no lowering/);
    expect([tf.getBackend(), tf.memory().numTensors]).toEqual(before);
    expect(tf.add(1, 2).dataSync()[0]).toBe(3);
  });

  test('refuses to read a value, and a tensor from outside', () => {
    expect(() => record(programOf((x) => tf.scalar(x.dataSync()[0] as number), false))).toThrow(
      /read while tracing/,
    );
    const foreign = tf.tensor2d([[1]]);
    expect(() => record(programOf((x) => tf.add(x, foreign), false))).toThrow(/cannot be traced/);
    foreign.dispose();
  });

  test('gives the same bytes every time', () => {
    expect(record(simple).bytes).toEqual(record(simple).bytes);
  });

  test('stores a constant filled with one value as that value', () => {
    const large = record(programOf((x) => tf.add(x, tf.sum(tf.fill([1000, 1000], 0.5))), false));
    expect(large.bytes.length).toBeLessThan(2000);
  });
});
