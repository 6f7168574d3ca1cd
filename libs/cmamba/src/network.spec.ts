import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cmambaConfig, patchWidth } from './config.js';
import { dropout, dropoutThreshold } from './dropout.js';
import type { RecurrentTensors } from './encoder.js';
import { scaledAbsoluteError } from './loss.js';
import { parallel, step, trainingPass } from './network.js';
import { nameWeights, splitWeights } from './parameter-tensors.js';
import { randomArray, randomNumbers, relativeDifference } from './testing/values.js';
import { initialWeights, parameters } from './weights.js';

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function network(seed: number, sizes: Partial<Parameters<typeof cmambaConfig>[1]> = {}) {
  const config = cmambaConfig('small', {
    channels: 3,
    lookback: 8,
    horizon: 4,
    dModel: 6,
    dInner: 5,
    dState: 3,
    dtRank: 2,
    blocks: 2,
    ...sizes,
  });
  const next = randomNumbers(seed);
  const list = parameters(config);
  // Every part must count: a head of zeros would hide the blocks.
  const weights = initialWeights(config, next).map((value) => value + 0.3 * (next() - 0.5));
  return { config, next, weights, named: nameWeights(list, splitWeights(list, tf.tensor1d(weights))) };
}

describe('the recurrent network', () => {
  test('stepped patch by patch equals the parallel pass, for random sizes and wherever the state was handed over', () => {
    const sizes = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      channels: fc.integer({ min: 1, max: 4 }),
      series: fc.integer({ min: 1, max: 3 }),
      blocks: fc.integer({ min: 0, max: 3 }),
      patches: fc.integer({ min: 1, max: 14 }),
      prefix: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(sizes, ({ seed, channels, series, blocks, patches, prefix }) =>
        tf.tidy(() => {
          const { config, next, named } = network(seed, { channels, blocks });
          const sequences = channels * series;
          const width = patchWidth(config);
          const values = tf.tensor(randomArray(next, patches * sequences * width), [
            patches,
            sequences,
            width,
          ]);
          const whole = parallel(named, config, values, null, { scanForm: 'by-block' });
          const cut = Math.floor(prefix * patches);
          const outputs: tf.Tensor[] = [];
          let state: RecurrentTensors | null = null;
          if (cut > 0) {
            const first = parallel(named, config, tf.slice(values, 0, cut), null);
            outputs.push(first.outputs);
            state = first.state;
          }
          for (let t = cut; t < patches; t++) {
            const one = step(named, config, tf.reshape(tf.slice(values, t, 1), [sequences, width]), state);
            outputs.push(one.outputs);
            // Saved and loaded.
            state = { hidden: one.state.hidden.map((h) => tf.tensor(h.dataSync().slice(), h.shape)) };
          }
          const stepped = tf.concat(outputs, 0);
          expect(relativeDifference(stepped.dataSync(), whole.outputs.dataSync())).toBeLessThan(3e-5);
          whole.state.hidden.forEach((h, block) => {
            expect(relativeDifference(state?.hidden[block]?.dataSync() ?? [], h.dataSync())).toBeLessThan(
              3e-5,
            );
          });
        }),
      ),
      { numRuns: 25 },
    );
  });

  test('a peek changes no state, and a lost commit is noticed', () => {
    const { config, next, named } = network(5);
    const patch = () => tf.tensor(randomArray(next, 3 * 10), [3, 10]);
    const [first, second, third] = [patch(), patch(), patch()];
    const committed = step(named, config, first, null).state;
    const alone = step(named, config, third, committed).outputs.dataSync();
    step(named, config, second, committed);
    expect(step(named, config, third, committed).outputs.dataSync()).toEqual(alone);
    expect(relativeDifference(step(named, config, third, null).outputs.dataSync(), alone)).toBeGreaterThan(
      1e-5,
    );
  });

  test('is causal: a later patch changes no earlier output', () => {
    const { config, next, named } = network(6);
    const values = randomArray(next, 6 * 3 * 10);
    const changed = values.slice();
    changed[changed.length - 1] = 5;
    const run = (array: Float32Array) =>
      parallel(named, config, tf.tensor(array, [6, 3, 10]), null)
        .outputs.dataSync()
        .slice(0, 5 * 3 * 4);
    expect(run(changed)).toEqual(run(values));
  });

  test('without blocks is its linear path; with a silent head it begins there too', () => {
    const { config, next } = network(7);
    const linear = randomArray(next, 3 * 8 * 4);
    const values = randomArray(next, 2 * 3 * 10);
    const outputs = [0, 2].map((blocks) => {
      const own = { ...config, blocks };
      const list = parameters(own);
      const weights = initialWeights(own, randomNumbers(1), linear);
      const named = nameWeights(list, splitWeights(list, tf.tensor1d(weights)));
      return parallel(named, own, tf.tensor(values, [2, 3, 10]), null).outputs.dataSync();
    });
    expect(outputs[1]).toEqual(outputs[0]);
    // Rows are (patch, channel): every channel by its own weights.
    const expected = Array.from({ length: 2 * 3 * 4 }, (_, at) => {
      const [row, lead] = [Math.floor(at / 4), at % 4];
      const own = linear.subarray((row % 3) * 32, (row % 3) * 32 + 32);
      return [...values.subarray(row * 10, row * 10 + 8)].reduce(
        (sum, value, i) => sum + value * (own[i * 4 + lead] as number),
        0,
      );
    });
    expect(relativeDifference(outputs[0] ?? [], expected)).toBeLessThan(1e-6);
  });

  test('trains as it serves: the training pass without masks equals the parallel pass, from any patch on', () => {
    const { config, next, named } = network(8);
    const values = tf.tensor(randomArray(next, 7 * 6 * 10), [7, 6, 10]);
    for (const from of [0, 3]) {
      const trained = trainingPass(named, config, values, null, { from });
      const served = parallel(named, config, values, null, { from }).outputs;
      expect(trained.shape).toEqual([(7 - from) * 6, 4]);
      expect(relativeDifference(trained.dataSync(), served.dataSync())).toBeLessThan(1e-6);
    }
  });

  test('masks drop what lies below the threshold within the network, and scale the rest by what is really kept', () => {
    const { config, next, named } = network(9);
    const values = tf.tensor(randomArray(next, 2 * 3 * 10), [2, 3, 10]);
    const threshold = dropoutThreshold(0.1);
    const keep = (rows: number, width: number, byte = 255) => tf.fill([rows, width], byte);
    const pass = (byte: number) => {
      const masks = { threshold, embedding: keep(6, 6, byte), blocks: [keep(6, 6, byte), keep(6, 6, byte)] };
      return trainingPass(named, config, values, masks).dataSync();
    };
    expect(threshold).toBe(26);
    expect(pass(threshold)).toEqual(pass(255));
    // Nothing is left of the hidden part; nothing is dropped of the output.
    const list = parameters(config);
    const headless = list.map(({ name, shape }) =>
      name === 'head.linear.weight' ? tf.zeros([...shape]) : named.get(name),
    );
    const bare = trainingPass(nameWeights(list, headless), config, values, null).dataSync();
    expect(pass(threshold - 1)).toEqual(bare);
    expect(bare.every((value) => value !== 0)).toBe(true);
    const halved = dropout(tf.tensor1d([3, 3]), tf.tensor1d([threshold - 1, threshold]), threshold);
    expect(halved.dataSync()).toEqual(Float32Array.of(0, (3 * 256) / 230));
    expect(() => dropoutThreshold(1)).toThrow(/dropout rate/);
  });

  test('patches of another width are refused', () => {
    const { config, named } = network(1);
    expect(() => parallel(named, config, tf.zeros([2, 3, 9]), null)).toThrow(/patches is \[2, 3, 9\]/);
  });
});

test('a gap never trains: what stands in an unobserved target changes neither loss nor gradient', () => {
  const outputs = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const observed = tf.tensor2d([1, 0, 1, 1], [2, 2]);
  const scale = tf.tensor2d([2, 0.5], [2, 1]);
  const run = (gap: number) => {
    const targets = tf.tensor2d([0, gap, 5, 4.5], [2, 2]);
    const { value, grad } = tf.valueAndGrad((o: tf.Tensor) =>
      scaledAbsoluteError(o, targets, observed, scale),
    )(outputs);
    return [value.dataSync()[0], ...grad.dataSync()];
  };
  expect(run(NaN)).toEqual(run(100));
  expect(run(NaN)[0]).toBeCloseTo((2 + 1 + 0.25) / 3, 6);
  expect(scaledAbsoluteError(outputs, outputs, tf.zerosLike(observed), scale).dataSync()[0]).toBe(0);
});
