import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compiledExecutor } from './compiled.js';
import { eagerExecutor } from './eager.js';
import type { Executor } from './executor.js';
import type { Program } from './program.js';

const program: Program = {
  name: 'contract',
  inputs: [
    { name: 'x', shape: [2, 2], type: 'float32' },
    { name: 'mask', shape: [2], type: 'uint8' },
    { name: 'rate', shape: [], type: 'float32' },
  ],
  constants: [{ name: 'w', shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }],
  build: (tensors) => ({
    product: tf.add(tf.mul(tf.matMul(tensors('x'), tensors('w')), tensors('rate')), tensors('mask')),
    same: tensors('x'),
  }),
};
const feeds = {
  x: Float32Array.of(1, 0, 0, 1),
  mask: Uint8Array.of(0, 200),
  rate: Float32Array.of(0.5),
};

const executors: readonly [string, () => Promise<Executor>][] = [
  ['compiled', async () => compiledExecutor()],
  ['compiled, 2 threads', async () => compiledExecutor({ threads: 2 })],
  ['eager cpu', () => eagerExecutor('cpu')],
  ['eager wasm', () => eagerExecutor('wasm')],
];

describe.each(executors)('the executor contract: %s', (_name, create) => {
  test('runs a program with its constants, bytes and scalars, again and again', async () => {
    const prepared = await (await create()).prepare(program);
    for (let i = 0; i < 3; i++) {
      const { product, same } = await prepared.run(feeds);
      expect([...(product ?? [])]).toEqual([0.5, 201, 1.5, 202]);
      expect([...(same ?? [])]).toEqual([1, 0, 0, 1]);
    }
    await prepared.release();
  });

  test('results are new arrays and feeds stay untouched', async () => {
    const prepared = await (await create()).prepare(program);
    const first = await prepared.run(feeds);
    const kept = first['product']?.slice();
    const second = await prepared.run({ ...feeds, rate: Float32Array.of(9) });
    expect(second['product']).not.toEqual(kept);
    expect(first['product']).toEqual(kept);
    expect(feeds.x).toEqual(Float32Array.of(1, 0, 0, 1));
    await prepared.release();
  });

  test('leaves the engine as it was: same backend, no tensor more', async () => {
    await tf.setBackend('cpu');
    const executor = await create();
    const before = tf.memory().numTensors;
    const prepared = await executor.prepare(program);
    await prepared.run(feeds);
    await prepared.release();
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    [{ ...feeds, x: undefined }, /input x: nothing was fed/],
    [{ ...feeds, x: new Float32Array(3) }, /input x: 3 numbers were fed for \[2, 2\]/],
    [{ ...feeds, mask: new Float32Array(2) }, /input mask: a Float32Array was fed for uint8/],
  ])('refuses wrong feeds: %o', async (wrong, problem) => {
    const prepared = await (await create()).prepare(program);
    await expect(prepared.run(wrong as never)).rejects.toThrow(problem);
    await prepared.release();
  });

  test('says what it is', async () => {
    expect((await create()).description).toMatch(/ONNX Runtime \d|TensorFlow.js \d/);
  });
});

test('a backend that nobody knows is refused', async () => {
  await expect(eagerExecutor('abacus')).rejects.toThrow(/backend "abacus" cannot be used: nobody brings it/);
});
