/** @file The parallel pass over whole segments with given weights, on any executor. */
import type { CmambaConfig } from '#cmamba';
import type { Executor, PreparedProgram } from '../executor.js';
import { parallelPass, type ParallelShape } from './parallel-pass.js';

/** @example
 *  const evaluator = await Evaluator.create(executor, config, { segments: 8, patches: 48, from: 24 });
 *  const outputs = await evaluator.evaluate(trainer.checkpoint().averaged, patches); */
export class Evaluator {
  private constructor(private readonly program: PreparedProgram) {}

  static async create(executor: Executor, config: CmambaConfig, shape: ParallelShape): Promise<Evaluator> {
    return new Evaluator(
      await executor.prepare(parallelPass(config, { scanForm: executor.scanForm, ...shape })),
    );
  }

  /** @param patches `[patches, segments, channels, lookback + 2]`
   *  @returns `[patches - from, segments, channels, horizon]`, normalised
   *  @throws INTERNAL for other sizes. */
  async evaluate(weights: Float32Array, patches: Float32Array): Promise<Float32Array> {
    const { outputs } = await this.program.run({ weights, patches });
    return outputs as Float32Array;
  }

  release(): Promise<void> {
    return this.program.release();
  }
}
