/** @file The parallel pass over segments as a program, as it serves: nothing dropped, no gradient. */
import {
  type CmambaConfig,
  type ScanForm,
  nameWeights,
  parallel,
  parameters,
  patchWidth,
  splitWeights,
  weightCount,
} from '#cmamba';
import type { Program } from '../program.js';

export interface ParallelShape {
  readonly segments: number;
  /** Patches of a segment. */
  readonly patches: number;
  /** The first patch whose output is wanted. */
  readonly from: number;
  readonly scanForm?: ScanForm;
}

/** Inputs: `weights [weights]`, `patches [patches, segments * channels, lookback + 2]`.
 *  Output: `outputs [(patches - from) * segments * channels, horizon]`. */
export function parallelPass(config: CmambaConfig, shape: ParallelShape): Program {
  const list = parameters(config);
  const { segments, patches, from } = shape;
  return {
    name: 'parallel-pass',
    constants: [],
    inputs: [
      { name: 'weights', shape: [weightCount(list)], type: 'float32' },
      {
        name: 'patches',
        shape: [patches, segments * config.channels, patchWidth(config)],
        type: 'float32',
      },
    ],
    build: (tensors) => {
      const named = nameWeights(list, splitWeights(list, tensors('weights')));
      const options = { from, ...(shape.scanForm === undefined ? {} : { scanForm: shape.scanForm }) };
      return { outputs: parallel(named, config, tensors('patches'), null, options).outputs };
    },
  };
}
