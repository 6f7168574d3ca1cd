import {
  cmambaConfig,
  type CmambaConfig,
  initialWeights,
  nameWeights,
  parallel,
  parameters,
  patchWidth,
  type RecurrentTensors,
  splitWeights,
  step,
  weightCount,
} from '#cmamba';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compiledExecutor } from './compiled.js';
import { eagerExecutor } from './eager.js';
import type { Program } from './program.js';
import { randomArray, randomNumbers, relativeDifference } from '#cmamba/testing';

interface Case {
  readonly config: CmambaConfig;
  readonly series: number;
  readonly patches: number;
  /** Patches that go in parallel before the rest is stepped. */
  readonly prefix: number;
}

/** The whole in parallel, and a prefix in parallel followed by steps, in one program. */
function bothWays({ config, series, patches, prefix }: Case): Program {
  const list = parameters(config);
  const sequences = series * config.channels;
  return {
    name: 'step-and-parallel',
    constants: [],
    inputs: [
      { name: 'weights', shape: [weightCount(list)], type: 'float32' },
      { name: 'patches', shape: [patches, sequences, patchWidth(config)], type: 'float32' },
    ],
    build: (tensors) => {
      const named = nameWeights(list, splitWeights(list, tensors('weights')));
      const whole = parallel(named, config, tensors('patches'), null, { scanForm: 'by-block' });
      const parts: tf.Tensor[] = [];
      let state: RecurrentTensors | null = null;
      if (prefix > 0) {
        const first = parallel(named, config, tf.slice(tensors('patches'), 0, prefix), null);
        parts.push(first.outputs);
        state = first.state;
      }
      for (let t = prefix; t < patches; t++) {
        const patch = tf.reshape(tf.slice(tensors('patches'), t, 1), [sequences, patchWidth(config)]);
        const one: ReturnType<typeof step> = step(named, config, patch, state);
        parts.push(one.outputs);
        state = one.state;
      }
      const ends = { wholeEnd: whole.state.hidden.at(-1), steppedEnd: state?.hidden.at(-1) };
      return {
        whole: whole.outputs,
        stepped: parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, 0),
        ...(ends as Record<string, tf.Tensor>),
      };
    },
  };
}

const cases = Array.from({ length: 8 }, (_, seed): [string, Case] => {
  const next = randomNumbers(31 + seed);
  const from = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const config = cmambaConfig('small', {
    channels: from(1, 5),
    lookback: from(2, 20),
    horizon: from(1, 9),
    dModel: from(3, 20),
    dInner: from(3, 20),
    dState: from(1, 6),
    dtRank: from(1, 6),
    blocks: from(1, 3),
    reduction: from(1, 3),
  });
  const patches = from(2, 24);
  const one = { config, series: from(1, 4), patches, prefix: from(0, patches - 1) };
  const { channels, dModel, dInner, blocks } = config;
  return [
    `${one.series} series x ${channels} channels, D ${dModel}, E ${dInner}, ${blocks} blocks, ${one.prefix} of ${patches} patches first`,
    one,
  ];
});

test.each(cases)('a prefix in parallel and the rest in steps equals the whole: %s', async (_title, one) => {
  const next = randomNumbers(7);
  const weights = initialWeights(one.config, next).map((value) => value + 0.3 * (next() - 0.5));
  const rows = one.patches * one.series * one.config.channels;
  const patches = randomArray(next, rows * patchWidth(one.config), -2, 2);
  for (const executor of [compiledExecutor(), await eagerExecutor('cpu')]) {
    const program = await executor.prepare(bothWays(one));
    const { whole, stepped, wholeEnd, steppedEnd } = await program.run({ weights, patches });
    await program.release();
    expect(relativeDifference(stepped ?? [], whole ?? []), executor.kind).toBeLessThan(2e-5);
    expect(relativeDifference(steppedEnd ?? [], wholeEnd ?? []), executor.kind).toBeLessThan(2e-5);
  }
});
