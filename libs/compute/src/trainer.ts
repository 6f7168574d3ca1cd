/** @file Training, step by step, on any executor.
 *
 *  Law: it draws nothing and knows no clock: the state after step n follows from the state after n-1 and the batch, so
 *  a run that was stopped and restored from a checkpoint ends with the same weights as one that was not. */
import type { CmambaConfig } from '#cmamba';
import { RollcastError } from '#contracts';
import type { Executor, Feeds, PreparedProgram } from './executor.js';
import { stepScalars, type TrainingShape, trainingSizes, trainingStep } from './training-step.js';

/** One batch. Rows are (patch, segment, channel), the patch outermost; output rows begin at patch `lossFrom`. */
export interface TrainingBatch {
  /** `[memory, segments, channels, lookback + 2]` as `writePatch` makes them, mixed up before if at all */
  readonly patches: Float32Array;
  /** `[memory - lossFrom, segments, channels, horizon]`, normalised by the level of their patch */
  readonly targets: Float32Array;
  /** In the shape of the targets: 1 observed, 0 not. */
  readonly observed: Uint8Array;
  /** `[memory - lossFrom, segments, channels]`: the deviation of the patch */
  readonly scale: Float32Array;
  /** Random bytes; null where the shape says dropout 0. */
  readonly masks: TrainingMasks | null;
}

export interface TrainingMasks {
  /** `[memory, segments, channels, dModel]`; empty without blocks */
  readonly embedding: Uint8Array;
  /** `[blocks, memory, segments, channels, dModel]`; empty without blocks */
  readonly blocks: Uint8Array;
}

/** All that a training is between two steps. */
export interface TrainingState {
  /** Steps that were taken. */
  readonly step: number;
  readonly weights: Float32Array;
  /** What is validated and served. */
  readonly averaged: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** Masks of the right sizes, to be filled with random bytes and used again. */
export function trainingMasks(config: CmambaConfig, shape: TrainingShape): TrainingMasks {
  const { rows } = trainingSizes(config, shape);
  const hidden = config.blocks === 0 ? 0 : rows * config.dModel;
  return {
    embedding: new Uint8Array(hidden),
    blocks: new Uint8Array(config.blocks * hidden),
  };
}

/** The state that a training begins with. */
export function beginTraining(weights: Float32Array): TrainingState {
  return {
    step: 0,
    weights: weights.slice(),
    averaged: weights.slice(),
    first: new Float32Array(weights.length),
    second: new Float32Array(weights.length),
  };
}

/** @example
 *  const trainer = await Trainer.create(executor, config, shape, beginTraining(initialWeights(config, uniform)));
 *  const loss = await trainer.step(batch, 5e-4);
 *  store(trainer.checkpoint());
 *  await trainer.release(); */
export class Trainer {
  private constructor(
    private readonly program: PreparedProgram,
    private readonly config: CmambaConfig,
    private readonly shape: TrainingShape,
    private state: TrainingState,
  ) {}

  static async create(
    executor: Executor,
    config: CmambaConfig,
    shape: TrainingShape,
    state: TrainingState,
  ): Promise<Trainer> {
    const trainer = new Trainer(
      await executor.prepare(trainingStep(config, { scanForm: executor.scanForm, ...shape })),
      config,
      shape,
      state,
    );
    trainer.restore(state);
    return trainer;
  }

  /** Takes one step.
   *  @param rate of learning; the linear path takes a tenth of it
   *  @returns the loss before the step; where it is not finite the step was not taken: the training has diverged
   *  @throws INTERNAL where the batch has other sizes. */
  async step(batch: TrainingBatch, rate: number): Promise<number> {
    const n = this.state.step + 1;
    const { correction1, correction2, decay } = stepScalars(n);
    const scalar = (value: number) => Float32Array.of(value);
    const results = await this.program.run({
      ...this.vectors(),
      patches: batch.patches,
      targets: batch.targets,
      observed: batch.observed,
      scale: batch.scale,
      ...this.masks(batch),
      rate: scalar(rate),
      correction1: scalar(correction1),
      correction2: scalar(correction2),
      decay: scalar(decay),
    });
    const loss = results['loss']?.[0] ?? NaN;
    if (!Number.isFinite(loss)) return loss;
    const vector = (name: string) => results[name] as Float32Array;
    this.state = {
      step: n,
      weights: vector('nextWeights'),
      averaged: vector('nextAveraged'),
      first: vector('nextFirst'),
      second: vector('nextSecond'),
    };
    return loss;
  }

  /** The state as it stands; later steps do not change it. */
  checkpoint(): TrainingState {
    return this.state;
  }

  /** Goes on from a checkpoint.
   *  @throws INTERNAL where it belongs to another network. */
  restore(state: TrainingState): void {
    const { weights: expected } = trainingSizes(this.config, this.shape);
    for (const vector of [state.weights, state.averaged, state.first, state.second]) {
      if (vector.length !== expected) {
        throw new RollcastError('INTERNAL', {
          problem: `a training state of ${vector.length} weights for a network of ${expected}`,
        });
      }
    }
    this.state = state;
  }

  release(): Promise<void> {
    return this.program.release();
  }

  private vectors(): Feeds {
    const { weights, averaged, first, second } = this.state;
    return { weights, averaged, first, second };
  }

  private masks({ masks }: TrainingBatch): Feeds {
    if (masks === null || this.config.blocks === 0) return {};
    return { embeddingMask: masks.embedding, blockMasks: masks.blocks };
  }
}
