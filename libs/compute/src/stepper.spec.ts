import {
  type CmambaConfig,
  cmambaConfig,
  contextSteps,
  initialWeights,
  levelOf,
  patchWidth,
  schedule,
  stateSize,
  warmUp,
  writePatch,
} from '#cmamba';
import { describe, expect, test } from 'vitest';
import { compiledExecutor } from './compiled.js';
import { eagerExecutor } from './eager.js';
import { Evaluator } from './testing/evaluator.js';
import type { Executor } from './executor.js';
import { record } from './recording-backend.js';
import { stepGraph } from './step-graph.js';
import { type CommitResult, Stepper, type StepRequest } from './stepper.js';
import { Follower } from './testing/follower.js';
import { randomArray, randomNumbers, relativeDifference } from '#cmamba/testing';
import { tilesFor, tileSizes } from './tiles.js';

const executors: readonly [string, () => Promise<Executor>][] = [
  ['eager cpu', () => eagerExecutor('cpu')],
  ['compiled', async () => compiledExecutor()],
];

/** Weights in which every part counts: a head of zeros would hide the blocks. */
function stirred(config: CmambaConfig, seed: number): Float32Array {
  const next = randomNumbers(seed);
  return initialWeights(config, next).map((value) => value + 0.2 * (next() - 0.5));
}

/** A walk for each channel: `values[channel][grid step - first]`. */
function walk(channels: number, length: number, seed: number): number[][] {
  const next = randomNumbers(seed);
  return Array.from({ length: channels }, () => {
    let level = 0;
    return Array.from({ length }, () => (level += next() - 0.5) + 0.3 * next());
  });
}

const at = (values: readonly number[][], index: number) => values.map((channel) => channel[index] as number);

/** What the parallel pass says at one grid step, from the values alone: the patches of the answering state's life. */
async function parallelAnswer(
  evaluator: Evaluator,
  config: CmambaConfig,
  weights: Float32Array,
  values: readonly number[][],
  first: number,
  gridIndex: number,
): Promise<Float32Array> {
  const { lookback, stride, memory, channels, horizon } = config;
  const { age } = schedule(gridIndex, stride, memory);
  const width = patchWidth(config);
  const patches = new Float32Array(memory * channels * width);
  const ahead = Math.ceil(gridIndex / stride);
  // A young series began after the restart: with its first commit that has a full lookback.
  const begin = Math.max(ahead - age, Math.ceil((first + lookback - 1) / stride));
  const seen = ahead - begin;
  expect(seen).toBeGreaterThanOrEqual(memory / 2);
  for (let n = 0; n <= seen; n++) {
    const end = n === seen ? gridIndex : (begin + n) * stride;
    const before = (begin + n - 1) * stride;
    values.forEach((channel, c) => {
      // Its first patch has none before it.
      const level = before - first + 1 >= lookback ? levelOf(channel, before - first + 1, lookback) : null;
      writePatch(channel, end - first + 1, lookback, level, patches, (n * channels + c) * width);
    });
  }
  const outputs = await evaluator.evaluate(weights, patches);
  return outputs.slice(seen * channels * horizon, (seen + 1) * channels * horizon);
}

describe.each(executors)('stepping frame by frame (%s)', (_name, create) => {
  test.each([
    { seed: 1, channels: 1, stride: 3, memory: 4, blocks: 2, first: -7 },
    { seed: 2, channels: 3, stride: 2, memory: 6, blocks: 1, first: 12 },
    { seed: 3, channels: 2, stride: 4, memory: 2, blocks: 3, first: 1001 },
    { seed: 4, channels: 2, stride: 1, memory: 4, blocks: 2, first: 5 },
    { seed: 5, channels: 2, stride: 3, memory: 4, blocks: 0, first: 0 },
  ])('equals the parallel pass at every grid step, saved and loaded on the way: %o', async (sizes) => {
    const { seed, first, ...shape } = sizes;
    const narrow = { dModel: 10, dInner: 12, dState: 3, dtRank: 4, lookback: 7, horizon: 3 };
    const config = cmambaConfig('small', { ...narrow, ...shape });
    const weights = stirred(config, seed);
    const executor = await create();
    const stepper = new Stepper(executor, config, weights);
    const evaluator = await Evaluator.create(executor, config, {
      segments: 1,
      patches: config.memory,
      from: 0,
    });
    const length = contextSteps(config) + 2 * config.stride + 3;
    const values = walk(config.channels, length, seed);
    let follower = new Follower(config);
    let answers = 0;
    for (let i = 0; i < length; i++) {
      if (i % 5 === 3) follower = follower.restored();
      const answer = await follower.advance(stepper, first + i, at(values, i));
      expect(answer !== null).toBe(i + 1 >= warmUp(config));
      if (answer === null) continue;
      const expected = await parallelAnswer(evaluator, config, weights, values, first, first + i);
      expect(relativeDifference(answer.outputs, expected)).toBeLessThan(2e-5);
      answers++;
    }
    expect(answers).toBe(length - warmUp(config) + 1);
    await stepper.release();
    await evaluator.release();
  });
});

test('two histories that agree on the last context steps give the same bits, and one step less may not', async () => {
  const config = cmambaConfig('small', {
    channels: 2,
    lookback: 9,
    horizon: 4,
    stride: 3,
    memory: 4,
    dModel: 16,
    dInner: 16,
  });
  const stepper = new Stepper(compiledExecutor(), config, stirred(config, 3));
  const context = contextSteps(config);
  const values = walk(2, context, 4);
  // A grid step at which the elder is as old as it gets: one commit before it restarts.
  const last = 5 * config.stride * config.memory - config.stride;
  const answerWith = async (history: readonly number[][]) => {
    const follower = new Follower(config);
    const length = history[0]?.length ?? 0;
    let outputs: Float32Array | undefined;
    for (let i = 0; i < length; i++) {
      outputs = (await follower.advance(stepper, last - length + 1 + i, at(history, i)))?.outputs;
    }
    return outputs;
  };
  const before = (seed: number) => walk(2, 40, seed).map((channel, c) => [...channel, ...(values[c] ?? [])]);
  const bare = await answerWith(values);
  expect(bare).toBeInstanceOf(Float32Array);
  expect(await answerWith(before(5))).toEqual(bare);
  expect(await answerWith(before(6))).toEqual(bare);
  const changed = before(5).map((channel) => channel.map((value, i) => (i === 40 ? value + 1 : value)));
  expect(await answerWith(changed)).not.toEqual(bare);
  await stepper.release();
});

describe('the bits of a series', () => {
  const most = 64;
  const requestsFor = (config: CmambaConfig): StepRequest[] => {
    const next = randomNumbers(17);
    return Array.from({ length: most }, (_, i) => ({
      patches: randomArray(next, config.channels * patchWidth(config), -2, 2),
      state: i % 7 === 3 ? null : { hidden: randomArray(next, stateSize(config)) },
    }));
  };

  test.each([1, 2, 3, 7])(
    'do not depend on batch, padding or threads, with %d channels',
    async (channels) => {
      const config = cmambaConfig('small', { channels, lookback: 96, horizon: 24 });
      const weights = stirred(config, 8);
      const requests = requestsFor(config);
      const alone = new Stepper(compiledExecutor(), config, weights);
      const expected: CommitResult[] = [];
      for (const request of requests) expected.push(...(await alone.commit([request])));
      for (const threads of [1, 2]) {
        const stepper = new Stepper(compiledExecutor({ threads }), config, weights);
        for (const batch of [1, 2, 3, 5, 16, 40, most]) {
          const from = batch === most ? 0 : 11;
          const part = requests.slice(from, from + batch);
          const committed = await stepper.commit(part);
          const peeked = await stepper.peek(part);
          part.forEach((_, i) => {
            const one = expected[from + i];
            expect(Buffer.compare(bytes(committed[i]?.outputs), bytes(one?.outputs)), `commit ${batch}`).toBe(
              0,
            );
            expect(
              Buffer.compare(bytes(committed[i]?.state.hidden), bytes(one?.state.hidden)),
              `state ${batch}`,
            ).toBe(0);
            expect(Buffer.compare(bytes(peeked[i]?.outputs), bytes(one?.outputs)), `peek ${batch}`).toBe(0);
          });
        }
        await stepper.release();
      }
      await alone.release();
    },
  );

  test('are compared one by one: one changed bit of a neighbour would be seen', async () => {
    const config = cmambaConfig('small', { channels: 2, lookback: 96, horizon: 24 });
    const stepper = new Stepper(compiledExecutor(), config, stirred(config, 8));
    const [request] = requestsFor(config);
    if (request === undefined) throw new Error('no request');
    const patches = request.patches.slice();
    patches[0] = Math.fround((patches[0] as number) * (1 + 2 ** -20));
    const [one, other] = await stepper.peek([request, { ...request, patches }]);
    expect(Buffer.compare(bytes(one?.outputs), bytes(other?.outputs))).not.toBe(0);
    await stepper.release();
  });
});

const bytes = (values: Float32Array | undefined) =>
  Buffer.from(values?.buffer ?? new ArrayBuffer(0), values?.byteOffset, values?.byteLength);

describe('a stepper', () => {
  const config = cmambaConfig('small', { channels: 2, lookback: 8, horizon: 3, dModel: 8, dInner: 8 });

  test('refuses a patch or a state of another network', async () => {
    const stepper = new Stepper(compiledExecutor(), config, stirred(config, 1));
    const patches = new Float32Array(20);
    await expect(stepper.peek([{ patches: new Float32Array(3), state: null }])).rejects.toThrow(
      /patches of 3/,
    );
    await expect(stepper.peek([{ patches, state: { hidden: new Float32Array(1) } }])).rejects.toThrow(
      /state of 1/,
    );
    await stepper.release();
  });

  test('keeps calls apart that run at the same time, and forgets the states of earlier ones', async () => {
    const stepper = new Stepper(compiledExecutor(), config, stirred(config, 1));
    const next = randomNumbers(3);
    const request = (fresh: boolean): StepRequest => ({
      patches: randomArray(next, 20),
      state: fresh ? null : { hidden: randomArray(next, stateSize(config)) },
    });
    const calls = [false, true, false].map((fresh) => [request(fresh), request(!fresh), request(fresh)]);
    const together = await Promise.all(calls.map((call) => stepper.commit(call)));
    for (const [i, call] of calls.entries()) {
      const untouched = new Stepper(compiledExecutor(), config, stirred(config, 1));
      expect(together[i]).toEqual(await untouched.commit(call));
      expect(await stepper.commit(call)).toEqual(together[i]);
      await untouched.release();
    }
    await stepper.release();
  });

  test('refuses weights of another network', async () => {
    const stepper = new Stepper(compiledExecutor(), config, new Float32Array(5));
    const patches = new Float32Array(20);
    await expect(stepper.peek([{ patches, state: null }])).rejects.toThrow(/5 weights for a network of/);
  });

  test('answers an empty call with nothing', async () => {
    const stepper = new Stepper(compiledExecutor(), config, stirred(config, 1));
    expect(await stepper.commit([])).toEqual([]);
  });

  test('exports its graph as one file that stands by itself, the same bytes every time', () => {
    const written = () => record(stepGraph(config, stirred(config, 1), 1, 'commit')).bytes;
    const file = written();
    expect(file).toEqual(written());
    expect(Buffer.from(file).includes('encoder.layers.2.mixer.A_log')).toBe(true);
  });
});

test.each([
  [1, [1, 8, 64]],
  [2, [1, 4, 32]],
  [6, [1, 8]],
  [40, [1]],
  [200, [1]],
])('tiles of %d channels hold %o series', (channels, sizes) => {
  expect(tileSizes(channels)).toEqual(sizes);
});

test.each([
  [0, 6, []],
  [1, 6, [1]],
  [2, 6, [1, 1]],
  [3, 6, [8]],
  [19, 6, [8, 8, 8]],
  [70, 1, [64, 8]],
  [17, 1, [64]],
  [3, 40, [1, 1, 1]],
])('%d series of %d channels are cut into tiles %o', (series, channels, tiles) => {
  expect(tilesFor(series, channels)).toEqual(tiles);
});

test('a program that could not be made once is made when it is wanted again', async () => {
  const config = cmambaConfig('small', { channels: 1, lookback: 8, horizon: 2, memory: 8 });
  const executor = compiledExecutor();
  let fails = true;
  const prepare: Executor['prepare'] = (graph) =>
    fails ? Promise.reject(new Error('bad allocation')) : executor.prepare(graph);
  const stepper = new Stepper({ ...executor, prepare }, config, stirred(config, 1));
  const request = { patches: new Float32Array(patchWidth(config)), state: null };
  await expect(stepper.peek([request])).rejects.toThrow('bad allocation');
  fails = false;
  expect(await stepper.peek([request])).toHaveLength(1);
  await stepper.release();
});
