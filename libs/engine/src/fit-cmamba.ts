/** @file Fits a CMamba: from the ridge solution on, epoch by epoch, to the averaged weights of the best epoch.
 *
 *  Law: deterministic in (history, definition, seed), stopped or not: where it was killed it goes on from its checkpoint
 *  and ends with the same weights. A time budget is measured by the clock: it ends a fit at the end of an epoch, and with
 *  one neither a second run nor a resumed one need end with the same weights. Epoch 0 is the ridge itself, so what comes
 *  out is never worse on the validation slice than the best linear forecaster. A fit that cannot be validated, or that
 *  diverges, ends with the best epoch so far, and says so.
 *  Recipe and measurements: docs/model.md. */
import { type CmambaConfig, initialWeights } from '#cmamba';
import {
  beginTraining,
  type Executor,
  Stepper,
  Trainer,
  type TrainingBatch,
  trainingMasks,
  type TrainingShape,
} from '#compute';
import { durationMs, type TrainingProgress } from '#contracts';
import { CmambaForecaster } from './cmamba-forecaster.js';
import { Draws } from './draws.js';
import { isClearlyBetter } from './epoch-selection.js';
import { checkpointBytes, readCheckpoint, type TrainingCheckpoint } from './training-checkpoint.js';
import { TrainingSegments, untrainedPatches } from './training-segments.js';
import type { TrainingSet } from './training-set.js';
import { validationError } from './validation.js';

/** What a fit says of itself, after every step. */
export type FitProgress = Omit<TrainingProgress, 'phase' | 'judged'>;

export interface FitRequest {
  readonly set: TrainingSet;
  readonly config: CmambaConfig;
  /** `[channels, lookback, horizon]`: the ridge solution, where the linear paths begin. */
  readonly linearPath: Float32Array;
  readonly seed: number;
  readonly executor: Executor;
  /** Says which training this is; a checkpoint of another identity is not used. */
  readonly identity: string;
  readonly checkpoints: { read(): Promise<Buffer | null>; write(bytes: Buffer): Promise<void> };
  readonly onProgress: (progress: FitProgress) => void;
  readonly signal: AbortSignal;
}

export interface CmambaFit {
  readonly weights: Float32Array;
  /** Validation error of the ridge start, then after each epoch; empty where there was none to be had. */
  readonly validation: readonly number[];
  /** Index into `validation`; 0: no epoch was clearly better than ridge. */
  readonly selected: number;
  readonly steps: number;
  /** Why it ended before its time, or never began; null: it did not. */
  readonly trouble: string | null;
}

/** Twice the published rate: the start is the ridge solution, not noise. On a year of weather (three stations, 8 epochs,
 *  seed 1) the held-back MAE is 0.552 with 1e-3 and 0.562 with 5e-4. */
const RATE = 1e-3;
/** The rate is constant for so many epochs, then falls by a tenth each. */
const CONSTANT_EPOCHS = 4;
const DROPOUT = 0.1;
const MIXUP = 1;
const JITTER = 0.5;
/** Steps between two checkpoints within an epoch: some seconds of work. */
const CHECKPOINT_STEPS = 20;

/** @throws the signal's reason when it is aborted (a checkpoint was written). */
export async function fitCmamba(request: FitRequest): Promise<CmambaFit> {
  const { set, config, executor } = request;
  const { retraining } = set.history.definition;
  const shape: TrainingShape = {
    segments: retraining.segmentsPerStep,
    lossFrom: untrainedPatches(config.memory),
    dropout: DROPOUT,
  };
  const resumed = await resume(request);
  const start = resumed?.state ?? beginTraining(firstWeights(request));
  const trainer = await Trainer.create(executor, config, shape, start);
  const run = new FitRun(request, shape, trainer, resumed);
  try {
    if (resumed === null) await run.validate();
    while (!run.finished) await run.epoch();
  } finally {
    await trainer.release();
  }
  return run.result();
}

function firstWeights({ config, seed, linearPath }: FitRequest): Float32Array {
  const draws = new Draws(seed, 'weights', 0);
  return initialWeights(config, () => draws.uniform(), linearPath);
}

async function resume({ checkpoints, identity }: FitRequest): Promise<TrainingCheckpoint | null> {
  const bytes = await checkpoints.read();
  return bytes === null ? null : readCheckpoint(bytes, identity);
}

class FitRun {
  private readonly segments: TrainingSegments;
  private readonly masks: ReturnType<typeof trainingMasks>;
  private readonly begun = performance.now();
  private readonly spentBefore: number;
  private validation: number[];
  private startParts: number[];
  private best: number;
  private bestWeights: Float32Array;
  private trouble: string | null = null;

  constructor(
    private readonly request: FitRequest,
    shape: TrainingShape,
    private readonly trainer: Trainer,
    resumed: TrainingCheckpoint | null,
  ) {
    const { set, config, seed } = request;
    const options = { segments: shape.segments, seed, mixup: MIXUP, jitter: JITTER };
    this.segments = new TrainingSegments(set.segments, config, options);
    this.masks = trainingMasks(config, shape);
    this.spentBefore = resumed?.spentMs ?? 0;
    this.validation = resumed?.validation ?? [];
    this.startParts = resumed?.startParts ?? [];
    this.best = resumed?.best ?? 0;
    this.bestWeights = resumed?.bestWeights ?? trainer.checkpoint().averaged;
  }

  /** No epoch is left, patience or time is up, or something is wrong. */
  get finished(): boolean {
    const { epochs, stepsPerEpoch, patience, timeBudget } = this.policy;
    if (this.trouble !== null) return true;
    // Within an epoch (a resumed one) only its end decides.
    if (this.step % stepsPerEpoch !== 0) return false;
    const done = this.step / stepsPerEpoch;
    const outOfTime = timeBudget !== null && this.spentMs >= durationMs(timeBudget);
    return done >= epochs || done - this.lowest >= patience || outOfTime;
  }

  /** The rest of the present epoch, and its validation. */
  async epoch(): Promise<void> {
    const { signal } = this.request;
    const { stepsPerEpoch } = this.policy;
    const end = (Math.floor(this.step / stepsPerEpoch) + 1) * stepsPerEpoch;
    while (this.step < end) {
      if (signal.aborted) {
        await this.checkpoint();
        signal.throwIfAborted();
      }
      const epoch = Math.floor(this.step / stepsPerEpoch) + 1;
      const loss = await this.trainer.step(
        this.batch(this.step + 1),
        RATE * 0.9 ** Math.max(0, epoch - CONSTANT_EPOCHS),
      );
      if (!Number.isFinite(loss)) {
        this.trouble = `the loss of its training step ${this.step + 1} is ${loss}`;
        return;
      }
      this.tell(epoch, loss);
      if (this.step < end && this.step % CHECKPOINT_STEPS === 0) await this.checkpoint();
    }
    await this.validate();
  }

  /** Judges the averaged weights as they stand, keeps them where they are the best and clearly better than ridge, writes a
   *  checkpoint. */
  async validate(): Promise<void> {
    const { set, config, executor } = this.request;
    const { averaged } = this.trainer.checkpoint();
    const stepper = new Stepper(executor, config, averaged);
    const forecaster = new CmambaForecaster(config, set.scales, stepper);
    const { validation, heldBack } = set.splits;
    const found = await validationError(forecaster, set.history, set.scales, validation, heldBack);
    await stepper.release();
    if (found === null || !Number.isFinite(found.error)) {
      this.trouble =
        found === null
          ? 'no truth in the slice that selects an epoch'
          : `its forecasts are no finite numbers after ${this.step} training steps`;
      return;
    }
    const { error, parts } = found;
    this.validation = [...this.validation, error];
    if (this.validation.length === 1) {
      this.startParts = parts;
      this.bestWeights = averaged;
    } else if (error < (this.validation[this.best] as number) && isClearlyBetter(parts, this.startParts)) {
      this.best = this.validation.length - 1;
      this.bestWeights = averaged;
    }
    await this.checkpoint();
  }

  result(): CmambaFit {
    const { bestWeights, validation, best, step, trouble } = this;
    return { weights: bestWeights, validation, selected: best, steps: step, trouble };
  }

  /** The epoch with the lowest error, whether it may be served or not: what patience counts from. */
  private get lowest(): number {
    return this.validation.indexOf(Math.min(...this.validation));
  }

  private get policy() {
    return this.request.set.history.definition.retraining;
  }

  private get step(): number {
    return this.trainer.checkpoint().step;
  }

  private get spentMs(): number {
    return this.spentBefore + performance.now() - this.begun;
  }

  private batch(step: number): TrainingBatch {
    const { patches, targets, observed, scale } = this.segments.at(step);
    const draws = new Draws(this.request.seed, 'dropout', step);
    for (const bytes of [this.masks.embedding, this.masks.blocks]) draws.fill(bytes);
    return { patches, targets, observed, scale, masks: this.masks };
  }

  private tell(epoch: number, loss: number): void {
    const { epochs, stepsPerEpoch, timeBudget } = this.policy;
    const steps = epochs * stepsPerEpoch;
    const perStep = this.spentMs / this.step;
    const budget = timeBudget === null ? Infinity : durationMs(timeBudget) - this.spentMs;
    // A budget is looked at when an epoch ends.
    const endOfEpoch = perStep * (epoch * stepsPerEpoch - this.step);
    const left = Math.min(perStep * (steps - this.step), Math.max(budget, endOfEpoch));
    this.request.onProgress({
      epoch,
      epochs,
      step: this.step,
      steps,
      loss,
      validation: this.validation[this.best] ?? null,
      secondsLeft: left / 1000,
    });
  }

  private async checkpoint(): Promise<void> {
    const { identity, checkpoints } = this.request;
    const state = this.trainer.checkpoint();
    const { validation, startParts, best, bestWeights, spentMs } = this;
    await checkpoints.write(
      checkpointBytes({
        identity,
        step: state.step,
        validation,
        startParts,
        best,
        spentMs,
        state,
        bestWeights,
      }),
    );
  }
}
