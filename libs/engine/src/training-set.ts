/** @file What a training may see of a history, and in which scale.
 *
 *  Law: everything that is fitted (scales, ridge, Kalman, network) sees grid steps before the cut `validation` only;
 *  what selects the epoch lies in [validation, heldBack); what judges lies behind it. What teaches is clipped where it
 *  is far outside; what selects and what judges is as it was observed. */
import { networkOf, segmentSteps, trainingNeedsSteps } from '#cmamba';
import { RollcastError, type StreamDefinition } from '#contracts';
import { type ChannelScales, clipOutliers, fitScales, type TrainingSeries } from '#forecasting';
import {
  observedSteps,
  type Run,
  runBetween,
  splitByTime,
  type Splits,
  type StreamHistory,
} from './history.js';
import type { SegmentRun } from './training-segments.js';

export interface TrainingSet {
  readonly history: StreamHistory;
  readonly splits: Splits;
  readonly scales: ChannelScales;
  /** The runs of the training slice, in units, without what is far outside. */
  readonly training: readonly TrainingSeries[];
  /** The same, standardised. */
  readonly segments: readonly SegmentRun[];
}

/** @throws INSUFFICIENT_HISTORY when no stretch is long enough, or nothing could be judged; it says which. */
export function trainingSet(history: StreamHistory): TrainingSet {
  const { definition } = history;
  const { retraining, maxGap, stream } = definition;
  const config = networkOf(definition);
  const refuse = (problem: string) => new RollcastError('INSUFFICIENT_HISTORY', { stream, problem });
  const runs = history.series.flatMap((series) => series.runs);
  const need = trainingNeedsSteps(config, retraining);
  const have = longest(runs);
  if (have < need) {
    throw refuse(
      `its longest stretch without a gap of more than ${maxGap} steps has ${have} of the ${need} grid steps that a training needs`,
    );
  }
  const splits = splitByTime(history, retraining.validation, retraining.heldBack);
  const oldest = runs
    .map((run) => runBetween(run, -Infinity, splits.validation))
    .filter(({ steps }) => steps > 0);
  const segment = segmentSteps(config);
  if (longest(oldest) < segment) {
    throw refuse(
      `the longest stretch of its oldest frames, those that train, has ${longest(oldest)} of the ${segment} grid steps of a segment`,
    );
  }
  if (!runs.some((run) => isJudged(runBetween(run, splits.heldBack, Infinity), definition))) {
    throw refuse('no forecast at any of its newest frames, those that judge, meets another frame');
  }
  const scales = fitScales(oldest, definition.channels.length);
  const training = clipOutliers(oldest, scales);
  const segments = training.map((run) => standardised(run, scales));
  return { history, splits, scales, training, segments };
}

function longest(runs: readonly Run[]): number {
  return runs.reduce((most, { steps }) => Math.max(most, steps), 0);
}

/** Whether any forecast that is due in a run has a truth in it. */
function isJudged(run: Run, { every, horizon }: StreamDefinition): boolean {
  const frames = observedSteps(run);
  return frames.some(
    (origin, at) => origin % every === 0 && (frames[at + 1] ?? Infinity) - origin <= horizon,
  );
}

function standardised({ values }: TrainingSeries, { mean, deviation }: ChannelScales): SegmentRun {
  return {
    values: values.map((column, channel) =>
      column.map((value) => (value - (mean[channel] as number)) / (deviation[channel] as number)),
    ),
  };
}
