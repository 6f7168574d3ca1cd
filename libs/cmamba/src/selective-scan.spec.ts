import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { blockLength } from './linear-recurrence.js';
import type { ScanSizes } from './scan-inputs.js';
import { type ScanForm, selectiveScan, trainableScan } from './selective-scan.js';
import { selectiveScanReference } from './testing/selective-scan-ref.js';
import { randomArray, randomNumbers, relativeDifference } from './testing/values.js';

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const FORMS: readonly ScanForm[] = ['by-step', 'by-block'];

const cases = Array.from({ length: 12 }, (_, seed) => {
  const next = randomNumbers(seed + 1);
  const from = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const sizes: ScanSizes = {
    patches: seed === 0 ? 1 : from(1, 25),
    sequences: from(1, 4),
    inner: from(1, 6),
    state: from(1, 5),
  };
  return { seed, ...sizes };
});

function inputsOf({ seed, ...sizes }: (typeof cases)[number]) {
  const { patches, sequences, inner, state } = sizes;
  const next = randomNumbers(100 + seed);
  const rows = patches * sequences;
  const values = {
    delta: randomArray(next, rows * inner, 0.01, 1),
    x: randomArray(next, rows * inner),
    a: randomArray(next, state, -3, -0.2),
    b: randomArray(next, rows * state),
    c: randomArray(next, rows * state),
  };
  const initial = randomArray(next, sequences * state * inner);
  const wide = (array: Float32Array) => Float64Array.from(array);
  return {
    tensors: {
      delta: tf.tensor(values.delta, [patches, sequences, inner]),
      x: tf.tensor(values.x, [patches, sequences, inner]),
      a: tf.tensor(values.a, [state]),
      b: tf.tensor(values.b, [patches, sequences, state]),
      c: tf.tensor(values.c, [patches, sequences, state]),
    },
    initial: tf.tensor(initial, [sequences, state, inner]),
    expected: (withInitial: boolean) =>
      selectiveScanReference(
        {
          delta: wide(values.delta),
          x: wide(values.x),
          a: wide(values.a),
          b: wide(values.b),
          c: wide(values.c),
          ...(withInitial ? { initial: wide(initial) } : {}),
        },
        sizes,
      ),
  };
}

describe.each(FORMS)('the %s scan', (scanForm) => {
  test.each(cases)('equals the recurrence in float64, from zero and from a state: %o', (sizes) => {
    const { tensors, initial, expected } = inputsOf(sizes);
    for (const start of [null, initial]) {
      const { y, final } = selectiveScan(tensors, start, scanForm);
      const reference = expected(start !== null);
      expect(relativeDifference(y.dataSync(), reference.y)).toBeLessThan(2e-6);
      expect(relativeDifference(final.dataSync(), reference.final)).toBeLessThan(2e-6);
    }
  });

  // From zero, one patch alone does not depend on A: the plain operations have no gradient then.
  const longer = cases.filter(({ patches }) => patches > 1);
  test.each(longer)('has the gradient of the plain operations: %o', (sizes) => {
    const { tensors } = inputsOf(sizes);
    const args = [tensors.delta, tensors.x, tensors.a, tensors.b, tensors.c];
    const weights = tf.sin(tf.reshape(tf.range(0, tensors.x.size), tensors.x.shape));
    const gradients = (scan: (inputs: typeof tensors) => tf.Tensor) =>
      tf.grads((...[delta, x, a, b, c]: tf.Tensor[]) =>
        tf.sum(tf.mul(scan({ delta, x, a, b, c } as typeof tensors), weights)),
      )(args);
    const byHand = gradients((inputs) => trainableScan(inputs, scanForm));
    const derived = gradients((inputs) => selectiveScan(inputs, null, 'by-step').y);
    byHand.forEach((gradient, i) => {
      expect(relativeDifference(gradient.dataSync(), (derived[i] as tf.Tensor).dataSync())).toBeLessThan(
        1e-5,
      );
    });
  });
});

test('a scan that loses its carry is noticed', () => {
  const { tensors, expected } = inputsOf({ seed: 3, patches: 9, sequences: 2, inner: 3, state: 2 });
  const lost = { ...tensors, a: tf.mul(tensors.a, 1e4) };
  const { y } = selectiveScan(lost, null);
  expect(relativeDifference(y.dataSync(), expected(false).y)).toBeGreaterThan(0.01);
});

test.each([
  [1, 1],
  [7, 7],
  [12, 3],
  [48, 6],
])('%d patches are cut into blocks of %d', (patches, length) => {
  expect(blockLength(patches)).toBe(length);
});
