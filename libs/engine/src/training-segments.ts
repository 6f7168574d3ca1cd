/** @file From a history to training batches: segments of patches, mixed, filled, normalised, with their targets.
 *
 *  Law: a batch is a pure function of (history, configuration, seed, step). A gap never teaches: an unobserved target
 *  has weight 0. A patch sees exactly what it would see when serving: its last `lookback` values, filled from
 *  themselves alone. (Recipe: docs/model.md; jitter of patch ends so that the network knows every distance that a peek
 *  or a commit can have.) */
import {
  type CmambaConfig,
  type Level,
  levelOf,
  mixChannels,
  patchWidth,
  segmentSteps,
  writePatch,
} from '#cmamba';
import type { TrainingBatch } from '#compute';
import { RollcastError } from '#contracts';
import { fill } from '#forecasting';
import { Draws } from './draws.js';

/** A stretch of a series without a long gap, of the training slice. */
export interface SegmentRun {
  /** `[channels][steps]`, mean 0 and deviation 1 over the training slice; NaN: not observed. */
  readonly values: readonly Float64Array[];
}

export interface SegmentOptions {
  readonly segments: number;
  readonly seed: number;
  /** Deviation of the mixup's lambdas; 0: no mixup. */
  readonly mixup: number;
  /** Probability that the end of a patch is moved back by 0 to stride - 1 steps. */
  readonly jitter: number;
}

/** What a training step is fed, but for its masks; `lossFrom` of it is `from` here. */
export type SegmentBatch = Omit<TrainingBatch, 'masks'>;

/** Patches at the begin of a segment that only make the state: their outputs are not trained on. */
export function untrainedPatches(memory: number): number {
  return Math.min(11, memory / 2 - 1);
}

export class TrainingSegments {
  readonly from: number;
  readonly sequences: number;
  /** The runs that hold a segment, and how many different ones. */
  private readonly starts: { readonly run: SegmentRun; readonly count: number }[] = [];
  /** How many different segments there are. */
  readonly count: number;
  private readonly batch: SegmentBatch;

  /** @param runs at least one has {@link segmentSteps} steps, or `count` is 0. */
  constructor(
    runs: readonly SegmentRun[],
    private readonly config: CmambaConfig,
    private readonly options: SegmentOptions,
  ) {
    const { memory, horizon, channels } = config;
    const length = segmentSteps(config);
    for (const run of runs) {
      const count = (run.values[0]?.length ?? 0) - length + 1;
      if (count > 0) this.starts.push({ run, count });
    }
    this.count = this.starts.reduce((sum, { count }) => sum + count, 0);
    this.from = untrainedPatches(memory);
    this.sequences = options.segments * channels;
    const rows = (memory - this.from) * this.sequences;
    this.batch = {
      patches: new Float32Array(memory * this.sequences * patchWidth(config)),
      targets: new Float32Array(rows * horizon),
      observed: new Uint8Array(rows * horizon),
      scale: new Float32Array(rows),
    };
  }

  /** The batch of a step, in buffers that the next call overwrites. */
  at(step: number): SegmentBatch {
    const { config, options, batch } = this;
    const places = new Draws(options.seed, 'segments', step);
    const jitter = new Draws(options.seed, 'jitter', step);
    const mixup = new Draws(options.seed, 'mixup', step);
    const permutation = mixup.permutation(config.channels);
    batch.observed.fill(0);
    for (let segment = 0; segment < options.segments; segment++) {
      const { run, index } = this.place(places.int(this.count));
      const raw = run.values.map((column) => column.subarray(index, index + segmentSteps(config)));
      const lambdas = raw.map(() => options.mixup * mixup.normal());
      const values =
        options.mixup === 0 || config.channels < 2 ? raw : mixChannels(raw, permutation, lambdas);
      this.write(segment, values, this.patchEnds(jitter));
    }
    return batch;
  }

  /** End (exclusive) of every patch within a segment. The patch before the first ends at `lookback`. */
  private patchEnds(jitter: Draws): number[] {
    const { lookback, stride, memory } = this.config;
    return Array.from({ length: memory }, (_, patch) => {
      const end = lookback + (patch + 1) * stride;
      return jitter.uniform() < this.options.jitter ? end - jitter.int(stride) : end;
    });
  }

  private write(segment: number, values: readonly Float64Array[], ends: readonly number[]): void {
    const { config, batch, sequences } = this;
    const { lookback, horizon, channels } = config;
    const width = patchWidth(config);
    const filled = new Float64Array(lookback);
    values.forEach((column, channel) => {
      const sequence = segment * channels + channel;
      fill(column.subarray(0, lookback), 0, filled);
      let before: Level = levelOf(filled, lookback, lookback);
      ends.forEach((end, patch) => {
        fill(column.subarray(end - lookback, end), 0, filled);
        const at = (patch * sequences + sequence) * width;
        before = writePatch(filled, lookback, lookback, before, batch.patches, at);
        if (patch < this.from) return;
        const row = (patch - this.from) * sequences + sequence;
        batch.scale[row] = before.deviation;
        for (let lead = 0; lead < horizon; lead++) {
          const truth = column[end + lead] as number;
          const observed = !Number.isNaN(truth);
          batch.observed[row * horizon + lead] = observed ? 1 : 0;
          batch.targets[row * horizon + lead] = observed ? (truth - before.mean) / before.deviation : 0;
        }
      });
    });
  }

  private place(nth: number): { readonly run: SegmentRun; readonly index: number } {
    let index = nth;
    for (const { run, count } of this.starts) {
      if (index < count) return { run, index };
      index -= count;
    }
    throw new RollcastError('INTERNAL', { problem: `segment ${nth} of ${this.count}` });
  }
}
