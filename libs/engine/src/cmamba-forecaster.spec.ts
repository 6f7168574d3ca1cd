import { cmambaConfig, initialWeights } from '#cmamba';
import { compiledExecutor, Stepper } from '#compute';
import { afterAll, describe, expect, test } from 'vitest';
import { CmambaForecaster, type CmambaState, type NetworkStepper } from './cmamba-forecaster.js';
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

describe('a gap', () => {
  const before = 160;
  const { context } = new CmambaForecaster(config, scales, new Counted());

  /** A series, a gap, two frames behind it. @param walked every step of the gap is given as an unobserved one */
  async function over(gap: number, walked: boolean) {
    const counted = new Counted();
    const forecaster = new CmambaForecaster(config, scales, counted);
    const values = new Draws(2, 'weights', 0);
    let state: CmambaState | null = null;
    let point: Float64Array | undefined;
    for (let gridIndex = 0; gridIndex < before + gap + 2; gridIndex++) {
      const observed = gridIndex < before || gridIndex >= before + gap;
      if (!observed && !walked) continue;
      const step = { state, gridIndex, wanted: gridIndex >= before + gap };
      const row = Float64Array.from({ length: 2 }, () => (observed ? 10 + values.normal() : NaN));
      const [advanced] = await forecaster.advance([{ ...step, values: row }]);
      state = advanced?.state ?? null;
      point = advanced?.paths?.point;
    }
    return { point, steps: counted.steps };
  }

  test.each([1, 5, 50, context - 1, context, context + 1, context + 5, 3 * context + 2])(
    'of %d steps ends as if each of them had been given as unobserved',
    async (gap) => {
      const [leapt, walked] = [await over(gap, false), await over(gap, true)];
      expect(leapt.point).toBeDefined();
      expect(leapt.point).toEqual(walked.point);
    },
  );

  test('however long costs no more than the context', async () => {
    expect((await over(100_000, false)).steps).toBeLessThanOrEqual(
      (await over(context + 8, false)).steps + 2,
    );
  });
});
