/** @file The stack of blocks: u <- u + dropout(GDD_MLP(M_Mamba(RMSNorm(u)))), shared by every form of the network.
 *
 *  Rows are (patch, series, channel), the patch outermost. Law: with a state it is one causal recurrence over patches;
 *  cutting the patches anywhere and handing the state over changes nothing but rounding. */
import * as tf from '@tensorflow/tfjs-core';
import type { CmambaConfig } from './config.js';
import { dropout } from './dropout.js';
import { gddMlp } from './gdd-mlp.js';
import { mambaBlock, rmsNorm, silu } from './mamba-block.js';
import type { ParameterTensors } from './parameter-tensors.js';
import { type ScanForm, selectiveScan, trainableScan } from './selective-scan.js';
import { layerName } from './weights.js';

/** The hidden state of many series by name: one tensor a block, `[series * channels, Ns, E]`. */
export interface RecurrentTensors {
  readonly hidden: readonly tf.Tensor[];
}

/** Told the output of every module, by its official name: to find where a difference begins. */
export type Observer = (module: string, output: tf.Tensor) => void;

export interface EncoderOptions {
  readonly scanForm?: ScanForm;
  readonly observe?: Observer | undefined;
}

/** With gradients, from the zero state; masks are random bytes `[patches * sequences, D]`, one a block.
 *  @returns `[patches * sequences, D]` */
export function encodeForTraining(
  parameters: ParameterTensors,
  config: EncoderSizes,
  embedded: tf.Tensor,
  patches: number,
  dropping: { readonly masks: readonly tf.Tensor[]; readonly threshold: number } | null,
  options: EncoderOptions = {},
): tf.Tensor {
  return stack(
    parameters,
    config,
    embedded,
    patches,
    options,
    (_block, inputs) => trainableScan(inputs, options.scanForm),
    (block, output) =>
      dropping === null ? output : dropout(output, dropping.masks[block] as tf.Tensor, dropping.threshold),
  );
}

/** Without gradients, from a state (null: zero) to a state.
 *  @returns features `[patches * sequences, D]` */
export function encode(
  parameters: ParameterTensors,
  config: EncoderSizes,
  embedded: tf.Tensor,
  patches: number,
  state: RecurrentTensors | null,
  options: EncoderOptions = {},
): { readonly features: tf.Tensor; readonly state: RecurrentTensors } {
  const hidden: tf.Tensor[] = [];
  const features = stack(
    parameters,
    config,
    embedded,
    patches,
    options,
    (block, inputs) => {
      const { y, final } = selectiveScan(inputs, state?.hidden[block] ?? null, options.scanForm);
      hidden.push(final);
      return y;
    },
    (_block, output) => output,
  );
  return { features, state: { hidden } };
}

type EncoderSizes = Pick<CmambaConfig, 'channels' | 'blocks' | 'dInner' | 'dState' | 'dtRank'>;

function stack(
  parameters: ParameterTensors,
  config: EncoderSizes,
  embedded: tf.Tensor,
  patches: number,
  { observe }: EncoderOptions,
  scan: (block: number, inputs: Parameters<typeof trainableScan>[0]) => tf.Tensor,
  drop: (block: number, output: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const sizes = { ...config, patches, sequences: embedded.shape[0] / patches };
  let u = embedded;
  for (let block = 0; block < config.blocks; block++) {
    const layer = layerName(block);
    const normed = rmsNorm(u, parameters.get(`${layer}.norm.weight`));
    observe?.(`${layer}.norm`, normed);
    const mixed = mambaBlock(parameters, `${layer}.mixer`, normed, sizes, (inputs) => scan(block, inputs));
    observe?.(`${layer}.mixer`, mixed);
    const gated = gddMlp(parameters, `${layer}.GDDMLP`, mixed, config.channels);
    observe?.(`${layer}.GDDMLP`, gated);
    u = tf.add(drop(block, gated), u);
    observe?.(layer, u);
  }
  const features = silu(u);
  observe?.('encoder', features);
  return features;
}
