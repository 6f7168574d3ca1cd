import { describe, expect, test } from 'vitest';
import { cmambaConfig } from './config.js';
import { randomArray, randomNumbers } from './testing/values.js';
import { fromArtifact, initialWeights, LINEAR_PATH, parameters, toArtifact, weightCount } from './weights.js';

const config = cmambaConfig('small', {
  channels: 3,
  lookback: 10,
  horizon: 4,
  dModel: 6,
  dInner: 8,
  blocks: 2,
});
const list = parameters(config);
const named = (weights: Float32Array, name: string) => {
  const { offset, length } = list.find((parameter) => parameter.name === name) ?? { offset: 0, length: 0 };
  return weights.subarray(offset, offset + length);
};

describe('weights', () => {
  test('lie one behind the other under their official names', () => {
    let expected = 0;
    for (const { offset, length } of list) {
      expect(offset).toBe(expected);
      expected += length;
    }
    expect(weightCount(list)).toBe(expected);
    expect(list.map((parameter) => parameter.name)).toContain('encoder.layers.1.mixer.x_proj.weight');
  });

  test('begin as the same seed says: ridge, a silent head, decays of 1..Ns, step sizes in their range', () => {
    const linear = randomArray(randomNumbers(9), 3 * 40);
    const weights = initialWeights(config, randomNumbers(1), linear);
    expect(weights).toEqual(initialWeights(config, randomNumbers(1), linear));
    expect(weights).not.toEqual(initialWeights(config, randomNumbers(2), linear));
    expect(named(weights, LINEAR_PATH)).toEqual(linear);
    expect(named(weights, 'head.linear.weight').every((value) => value === 0)).toBe(true);
    expect(named(weights, 'head.linear.bias').every((value) => value === 0)).toBe(true);
    expect(named(weights, 'encoder.layers.0.mixer.A_log')[7]).toBeCloseTo(Math.log(8), 6);
    for (const bias of named(weights, 'encoder.layers.0.mixer.dt_proj.bias')) {
      const step = Math.log1p(Math.exp(bias));
      expect(step).toBeGreaterThan(0.0299);
      expect(step).toBeLessThan(0.5001);
    }
    const bound = 1 / Math.sqrt(6);
    const projection = named(weights, 'encoder.layers.0.mixer.in_proj.weight');
    expect(Math.max(...projection)).toBeLessThanOrEqual(bound);
    expect(Math.max(...projection)).toBeGreaterThan(0.8 * bound);
  });

  test('without blocks are the linear path alone', () => {
    expect(parameters({ ...config, blocks: 0 }).map((parameter) => parameter.name)).toEqual([LINEAR_PATH]);
  });

  test('go into an artifact as [.., out, in] and come back the same', () => {
    const weights = randomArray(randomNumbers(4), weightCount(list));
    const artifact = toArtifact(list, weights);
    const { shape, values } = artifact.get(LINEAR_PATH) ?? { shape: [], values: new Float32Array() };
    expect(shape).toEqual([3, 4, 10]);
    // Of each channel the second input of the first lead.
    for (const channel of [0, 1, 2]) {
      expect(values[channel * 40 + 1]).toBe(named(weights, LINEAR_PATH)[channel * 40 + 4]);
    }
    expect(artifact.get('encoder.layers.0.mixer.A_log')?.shape).toEqual([1, 8]);
    expect(fromArtifact(list, artifact)).toEqual(weights);
  });

  test.each([
    ['a missing tensor', (map: Map<string, unknown>) => map.delete(LINEAR_PATH), /linear.weight is missing/],
    ['an unknown tensor', (map: Map<string, unknown>) => map.set('x', map.get(LINEAR_PATH)), /x is not one/],
    [
      'a wrong shape',
      (map: Map<string, unknown>) =>
        map.set(LINEAR_PATH, { shape: [3, 10, 4], values: new Float32Array(120) }),
      /is \[3, 10, 4\] and should be \[3, 4, 10\]/,
    ],
  ])('of an artifact with %s are refused', (_what, spoil, problem) => {
    const artifact = toArtifact(list, new Float32Array(weightCount(list)));
    spoil(artifact);
    expect(() => fromArtifact(list, artifact)).toThrow(problem);
  });

  test('of another size are refused', () => {
    expect(() => toArtifact(list, new Float32Array(3))).toThrow(/3 weights/);
    expect(() => initialWeights(config, () => 0, new Float32Array(3))).toThrow(/has 3 numbers/);
  });
});
