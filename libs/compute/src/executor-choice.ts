/** @file Which executor runs, and why: said in words, for `doctor` and health.
 *
 *  Law: nothing is believed that was not tried. The native TensorFlow.js package is optional; it is chosen only where it
 *  loads, multiplies two matrices correctly and really uses a GPU. Everywhere else the compiled executor runs. */
import { RollcastError } from '#contracts';
import * as tf from '@tensorflow/tfjs';
import { compiledExecutor } from './compiled.js';
import { eagerExecutor } from './eager.js';
import type { Executor } from './executor.js';
import type { Program } from './program.js';

/** `auto` as described above; the others are demands that fail where they cannot be met. */
export const EXECUTOR_WISHES = ['auto', 'compiled', 'cpu', 'wasm', 'tensorflow'] as const;
export type ExecutorWish = (typeof EXECUTOR_WISHES)[number];

export interface ExecutorChoice {
  readonly executor: Executor;
  /** One sentence: what runs and why. */
  readonly reason: string;
}

export interface ChoiceOptions {
  readonly wish?: ExecutorWish;
  /** Threads of the compiled executor. */
  readonly threads?: number;
  /** How the optional package is imported; for tests. */
  readonly load?: (name: string) => Promise<unknown>;
  /** Does the native backend use a GPU? For tests. */
  readonly usesGpu?: () => boolean;
}

/** @throws BAD_CONFIGURATION where a demanded backend cannot be used.
 *  @example const { executor, reason } = await chooseExecutor(); log.info(reason); */
export async function chooseExecutor(options: ChoiceOptions = {}): Promise<ExecutorChoice> {
  const { wish = 'auto', load, usesGpu = nativeUsesGpu } = options;
  const compiled = () => compiledExecutor(options.threads === undefined ? {} : { threads: options.threads });
  if (wish === 'compiled') {
    const executor = compiled();
    return { executor, reason: `${executor.description}, as configured` };
  }
  if (wish !== 'auto') {
    const executor = await checked(wish, load);
    return { executor, reason: `${executor.description}, as configured` };
  }
  let why: string;
  try {
    const native = await checked('tensorflow', load);
    if (usesGpu())
      return { executor: native, reason: `${native.description} on a GPU: it passed its self-test` };
    why = 'the native TensorFlow.js loads but finds no GPU, and the compiled graph is faster on a CPU';
  } catch (error) {
    why = `no GPU executor (${error instanceof Error ? error.message : String(error)})`;
  }
  const executor = compiled();
  await selfTest(executor);
  return { executor, reason: `${executor.description}: ${why}` };
}

async function checked(backend: string, load: ChoiceOptions['load']): Promise<Executor> {
  const executor = await (load === undefined ? eagerExecutor(backend) : eagerExecutor(backend, load));
  await selfTest(executor);
  return executor;
}

const TWO_BY_TWO: Program = {
  name: 'self-test',
  inputs: [{ name: 'a', shape: [2, 2], type: 'float32' }],
  constants: [{ name: 'b', shape: [2, 2], values: Float32Array.of(5, 6, 7, 8) }],
  build: (tensors) => ({ product: tf.matMul(tensors('a'), tensors('b')) }),
};

/** @throws BAD_CONFIGURATION where two small matrices come out wrong. */
async function selfTest(executor: Executor): Promise<void> {
  const program = await executor.prepare(TWO_BY_TWO);
  const { product } = await program.run({ a: Float32Array.of(1, 2, 3, 4) });
  await program.release();
  if (product?.join() !== '19,22,43,50') {
    throw new RollcastError('BAD_CONFIGURATION', {
      problem: `${executor.description} fails its self-test: [1 2; 3 4] [5 6; 7 8] gives ${product?.join(' ')}`,
    });
  }
}

function nativeUsesGpu(): boolean {
  const backend = tf.findBackend('tensorflow') as { isUsingGpuDevice?: boolean } | null;
  return backend?.isUsingGpuDevice === true;
}
