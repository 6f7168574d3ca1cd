import { cmambaConfig, initialWeights } from '#cmamba';
import { compiledExecutor, Stepper } from '#compute';
import { forecasterContract } from '#forecasting/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { CmambaForecaster, type NetworkStepper } from './cmamba-forecaster.js';
import { Draws } from './draws.js';

const config = cmambaConfig('small', { channels: 2, lookback: 8, horizon: 3, stride: 4, memory: 24 });
const scales = { mean: [10, 0], deviation: [2, 1] };
const draws = new Draws(1, 'weights', 0);
const line = new Float32Array(2 * 8 * 3).fill(0.1);
// The network's head begins at zero: weights that are drawn all over make its state count.
const weights = initialWeights(config, () => draws.uniform(), line).map(
  (weight) => weight + 0.1 * draws.normal(),
);
const stepper = new Stepper(compiledExecutor(), config, weights);
afterAll(() => stepper.release());

/** Counts the steps that the network takes. */
class Counted implements NetworkStepper {
  steps = 0;
  readonly peek: NetworkStepper['peek'] = (requests) => this.count(requests, stepper.peek(requests));
  readonly commit: NetworkStepper['commit'] = (requests) => this.count(requests, stepper.commit(requests));

  private count<T>(requests: readonly unknown[], result: T): T {
    this.steps += requests.length;
    return result;
  }
}

const contract = forecasterContract({
  make: () => new CmambaForecaster(config, scales, stepper),
  independentChannels: false,
});
describe('CMamba keeps the contract', () => {
  test.each(contract)('$title', ({ check }) => check());
});

test('a gap, however long, costs no more than the context', async () => {
  const { context } = new CmambaForecaster(config, scales, stepper);

  /** Steps of the network that a series takes whose second frame comes behind a gap. */
  async function stepsOver(gap: number): Promise<number> {
    const counted = new Counted();
    const forecaster = new CmambaForecaster(config, scales, counted);
    const values = Float64Array.of(10, 0);
    const [first] = await forecaster.advance([{ state: null, gridIndex: 0, values, wanted: false }]);
    const state = first?.state ?? null;
    await forecaster.advance([{ state, gridIndex: gap + 1, values, wanted: true }]);
    return counted.steps;
  }

  expect(await stepsOver(100_000)).toBeLessThanOrEqual((await stepsOver(context + 8)) + 2);
});
