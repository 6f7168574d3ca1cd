import {
  type CmambaConfig,
  cmambaConfig,
  initialWeights,
  mixChannels,
  patchWidth,
  writePatch,
} from '#cmamba';
import { describe, expect, test } from 'vitest';
import { compiledExecutor } from './compiled.js';
import { eagerExecutor } from './eager.js';
import { Evaluator } from './testing/evaluator.js';
import type { Executor } from './executor.js';
import { randomArray, randomNumbers, relativeDifference } from '#cmamba/testing';
import { beginTraining, Trainer, type TrainingBatch, trainingMasks, type TrainingState } from './trainer.js';
import { stepScalars, type TrainingShape, trainingSizes } from './training-step.js';

const config = cmambaConfig('small', {
  channels: 3,
  lookback: 10,
  horizon: 4,
  stride: 2,
  memory: 8,
  dModel: 8,
  dInner: 12,
  dState: 3,
  dtRank: 4,
  blocks: 2,
});
const shape: TrainingShape = { segments: 2, lossFrom: 3, dropout: 0.1 };

/** A batch as training makes them: mixed-up walks with gaps in the targets, and random bytes for the masks. */
function batchOf(config: CmambaConfig, shape: TrainingShape, seed: number): TrainingBatch {
  const next = randomNumbers(seed);
  const { sequences, outputRows } = trainingSizes(config, shape);
  const width = patchWidth(config);
  const { lookback, horizon, stride, memory, channels } = config;
  const patches = new Float32Array(memory * sequences * width);
  const targets = new Float32Array(outputRows * horizon);
  const observed = new Uint8Array(outputRows * horizon);
  const scale = new Float32Array(outputRows);
  const length = lookback + memory * stride + horizon;
  for (let segment = 0; segment < shape.segments; segment++) {
    const walks = Array.from({ length: channels }, () => {
      let level = 0;
      return Array.from({ length }, () => (level += next() - 0.5));
    });
    const permutation = walks.map((_, c) => (c + 1) % channels);
    const mixed = mixChannels(walks, permutation, randomArray(next, channels));
    mixed.forEach((values, c) => {
      let level = null;
      for (let n = 0; n < memory; n++) {
        const end = lookback + n * stride;
        const sequence = segment * channels + c;
        level = writePatch(values, end, lookback, level, patches, (n * sequences + sequence) * width);
        if (n < shape.lossFrom) continue;
        const row = (n - shape.lossFrom) * sequences + sequence;
        scale[row] = level.deviation;
        for (let j = 0; j < horizon; j++) {
          const known = next() > 0.2;
          observed[row * horizon + j] = known ? 1 : 0;
          targets[row * horizon + j] = known
            ? ((values[end + j] as number) - level.mean) / level.deviation
            : NaN;
        }
      }
    });
  }
  const masks = trainingMasks(config, shape);
  for (const mask of [masks.embedding, masks.blocks]) {
    for (let i = 0; i < mask.length; i++) mask[i] = Math.floor(256 * next());
  }
  return { patches, targets, observed, scale, masks: shape.dropout === 0 ? null : masks };
}

/** Weights in which every part counts: behind a head of zeros nothing has a gradient. */
const begin = (config: CmambaConfig) => {
  const next = randomNumbers(5);
  return beginTraining(initialWeights(config, next).map((value) => value + 0.2 * (next() - 0.5)));
};

async function train(
  executor: Executor,
  state: TrainingState,
  steps: number,
  shape_ = shape,
  config_ = config,
) {
  const trainer = await Trainer.create(executor, config_, shape_, state);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const seed = 100 + trainer.checkpoint().step;
    losses.push(await trainer.step(batchOf(config_, shape_, seed), 1e-3));
  }
  await trainer.release();
  return { losses, state: trainer.checkpoint() };
}

describe('traced equals eager', () => {
  test.each([
    ['with masks, mixed-up inputs and missing targets', shape, config],
    ['without dropout', { ...shape, dropout: 0 }, config],
    ['as block scan', { ...shape, scanForm: 'by-block' as const }, config],
    ['with the loss at every patch', { ...shape, lossFrom: 0 }, config],
    ['of one channel', shape, { ...config, channels: 1 }],
    ['of one block', shape, { ...config, blocks: 1 }],
    ['without blocks: ridge', shape, { ...config, blocks: 0 }],
  ])('a whole training step %s: loss, gradients, weights, averages', async (_what, shape, config) => {
    const eager = await train(await eagerExecutor('cpu'), begin(config), 1, shape, config);
    const traced = await train(compiledExecutor(), begin(config), 1, shape, config);
    expect(relativeDifference(traced.losses, eager.losses)).toBeLessThan(1e-6);
    // After one step the first moment is a tenth of the gradient, the second a thousandth of its square.
    const { first, second, averaged } = traced.state;
    expect(first.some((value) => value !== 0)).toBe(true);
    expect(relativeDifference(first, eager.state.first)).toBeLessThan(1e-5);
    expect(relativeDifference(second, eager.state.second)).toBeLessThan(1e-5);
    expect(relativeDifference(averaged, eager.state.averaged)).toBeLessThan(1e-5);
    expect(relativeDifference(traced.state.weights, eager.state.weights)).toBeLessThan(1e-5);
  });

  test('over many steps, on wasm as well', async () => {
    const eager = await train(await eagerExecutor('wasm'), begin(config), 8);
    const traced = await train(compiledExecutor(), begin(config), 8);
    expect(relativeDifference(traced.losses, eager.losses)).toBeLessThan(1e-4);
  });

  test('and a mask that differs in one byte is noticed', async () => {
    const one = await Trainer.create(compiledExecutor(), config, shape, begin(config));
    const other = await Trainer.create(compiledExecutor(), config, shape, begin(config));
    const batch = batchOf(config, shape, 1);
    const changed = batchOf(config, shape, 1);
    const mask = changed.masks?.blocks as Uint8Array;
    // The last row of the last block: nothing comes after it that could hide it.
    mask[mask.length - 1] = (mask.at(-1) as number) < 26 ? 255 : 0;
    expect(await other.step(changed, 1e-3)).not.toBe(await one.step(batch, 1e-3));
    await Promise.all([one.release(), other.release()]);
  });
});

const executors: readonly [string, () => Promise<Executor>][] = [
  ['compiled', async () => compiledExecutor()],
  ['eager cpu', () => eagerExecutor('cpu')],
];

describe.each(executors)('a trainer (%s)', (_name, create) => {
  test('learns', async () => {
    const executor = await create();
    const trainer = await Trainer.create(executor, config, { ...shape, dropout: 0 }, begin(config));
    const batch = batchOf(config, { ...shape, dropout: 0 }, 3);
    const first = await trainer.step(batch, 1e-2);
    for (let i = 0; i < 30; i++) await trainer.step(batch, 1e-2);
    expect(await trainer.step(batch, 1e-2)).toBeLessThan(0.8 * first);
    await trainer.release();
  });

  test('that was stopped and restored ends with the same bits as one that was not', async () => {
    const executor = await create();
    const whole = await train(executor, begin(config), 5);
    const half = await train(executor, begin(config), 2);
    const copy = structuredClone(half.state);
    const resumed = await train(executor, copy, 3);
    expect(resumed.state).toEqual(whole.state);
    expect([...half.losses, ...resumed.losses]).toEqual(whole.losses);
  });

  test('keeps the averages as their decay says, and a checkpoint as it was', async () => {
    const state = begin(config);
    const { state: after } = await train(await create(), state, 1);
    expect(state.step).toBe(0);
    expect(after.step).toBe(1);
    const expected = after.weights.map((value, i) => value + 0.4 * ((state.weights[i] as number) - value));
    expect(stepScalars(1).decay).toBe(0.4);
    expect(stepScalars(10_000).decay).toBe(0.995);
    expect(relativeDifference(after.averaged, expected)).toBeLessThan(1e-6);
  });

  test('moves the linear path a tenth as far as everything else', async () => {
    const state = begin(config);
    const { state: after } = await train(await create(), state, 1);
    const moved = (from: number, to: number) =>
      Math.max(
        ...after.weights
          .slice(from, to)
          .map((value, i) => Math.abs(value - (state.weights[from + i] as number))),
      );
    // Adam's first step is the rate itself wherever there is a gradient.
    expect(moved(0, 40)).toBeCloseTo(1e-4, 6);
    expect(moved(40, after.weights.length)).toBeCloseTo(1e-3, 5);
  });

  test('takes no step whose loss is not finite, refuses a state of another network, and stays as it was', async () => {
    const trainer = await Trainer.create(await create(), config, shape, begin(config));
    const batch = batchOf(config, shape, 1);
    const before = trainer.checkpoint();
    expect(await trainer.step({ ...batch, scale: batch.scale.map(() => NaN) }, 1e-3)).toBeNaN();
    expect(trainer.checkpoint()).toEqual(before);
    expect(() => trainer.restore(beginTraining(new Float32Array(3)))).toThrow(/3 weights for a network/);
    await trainer.release();
  });

  test('gaps in the targets change nothing, whatever stands in them', async () => {
    const batch = batchOf(config, shape, 1);
    const filled = { ...batch, targets: batch.targets.map((value) => (Number.isNaN(value) ? 1e3 : value)) };
    const results = [];
    for (const one of [batch, filled]) {
      const trainer = await Trainer.create(await create(), config, shape, begin(config));
      results.push(await trainer.step(one, 1e-3), trainer.checkpoint().weights);
      await trainer.release();
    }
    expect(results.slice(2)).toEqual(results.slice(0, 2));
  });
});

test('the evaluator gives the same on both executors, from any patch on', async () => {
  const parallel = { segments: 2, patches: 5, from: 2 };
  const next = randomNumbers(1);
  const patches = randomArray(next, 5 * 6 * patchWidth(config));
  const outputs = [];
  for (const executor of [compiledExecutor(), await eagerExecutor('cpu')]) {
    const evaluator = await Evaluator.create(executor, config, parallel);
    outputs.push(await evaluator.evaluate(begin(config).weights, patches));
    await evaluator.release();
  }
  expect(outputs[0]).toHaveLength(3 * 6 * 4);
  expect(relativeDifference(outputs[0] ?? [], outputs[1] ?? [])).toBeLessThan(2e-6);
});
