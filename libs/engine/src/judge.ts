/** @file Judging: several forecasters over the same frames, by the loop that serves.
 *
 *  Law: every candidate sees the same frames, is asked at the same origins and is scored on the same observed truths,
 *  with what it would have published. Before the first origin that counts it has warmed up its states on the frames
 *  before, and its calibration on as many of them as the caller gives. Nothing is fitted here. */
import type { Forecast, IntervalOffsets, Score } from '#contracts';
import type { ChannelScales } from '#forecasting';
import { ForecastScorer } from './forecast-scorer.js';
import { endOf, frameAt, lastEnd, type StreamHistory } from './history.js';
import type { ServingModel } from './model-states.js';
import type { ObservedFrame } from './observed-frames.js';
import { type OriginResult, RollingOrigin } from './rolling-origin.js';

export interface JudgeRequest {
  readonly history: StreamHistory;
  /** Of the training slice: errors are standardised by them. */
  readonly scales: ChannelScales;
  /** The first of kind seasonal-naive is the yardstick of skill. */
  readonly models: readonly ServingModel[];
  /** Answers while a series is too young for a model. */
  readonly coldStart: ServingModel;
  /** Grid index at which the calibration of a series begins. */
  readonly calibrateFrom: (series: string) => number;
  /** Grid index of the first origin of a series that counts. */
  readonly judgeFrom: (series: string) => number;
  /** Told of every forecast that was scored. */
  readonly onForecast?: (model: ServingModel, forecast: Forecast) => void;
  /** Told now and then how much is judged, from 0 to 1; waited for, so that it may let others do something. */
  readonly onProgress?: (share: number) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface Judgement {
  readonly model: ServingModel;
  readonly score: Score;
  readonly intervals: IntervalOffsets;
  readonly origins: number;
}

/** Grid steps that go through the loops in one call: series share the network's batches. */
const STEPS_AT_ONCE = 64;

interface Lane {
  readonly model: ServingModel;
  readonly loop: RollingOrigin;
  readonly scorer: ForecastScorer;
}

/** Scores every model. */
export async function judge(request: JudgeRequest): Promise<Judgement[]> {
  const { history, models, scales, coldStart, calibrateFrom, onProgress, signal } = request;
  const lanes = models.map((model): Lane => ({
    model,
    loop: new RollingOrigin(history.definition, model, coldStart),
    scorer: new ForecastScorer(history, scales),
  }));
  const context = Math.max(
    coldStart.forecaster.context,
    ...models.map(({ forecaster }) => forecaster.context),
  );
  const earliest = history.series.reduce(
    (first, { series }) => Math.min(first, calibrateFrom(series)),
    Infinity,
  );
  const begin = earliest - context;
  const end = lastEnd(history);
  const start = nextStep(history, begin);
  for (let from = start; from < end; from = nextStep(history, from + STEPS_AT_ONCE)) {
    signal?.throwIfAborted();
    const to = Math.min(end, from + STEPS_AT_ONCE);
    await judgeStride(request, lanes, framesBetween(history, from, to));
    await onProgress?.((to - start) / (end - start));
  }
  return lanes.map(({ model, scorer }) => ({
    model,
    score: scorer.score(),
    intervals: scorer.intervals(),
    origins: scorer.origins,
  }));
}

async function judgeStride(
  { calibrateFrom, judgeFrom, onForecast }: JudgeRequest,
  lanes: readonly Lane[],
  frames: readonly ObservedFrame[],
): Promise<void> {
  const before = frames.filter(({ series, gridIndex }) => gridIndex < calibrateFrom(series));
  const served = frames.filter(({ series, gridIndex }) => gridIndex >= calibrateFrom(series));
  const results: OriginResult[][] = [];
  for (const { loop } of lanes) {
    await loop.replay(before);
    results.push(await loop.advance(served));
  }
  const yardstick = lanes.findIndex(({ model }) => model.kind === 'seasonal-naive');
  served.forEach(({ series, gridIndex }, index) => {
    if (gridIndex < judgeFrom(series)) return;
    const said = results[yardstick]?.[index]?.forecast ?? null;
    // Too young a series is answered by the cold start, which is no yardstick.
    const naive = said?.model.kind === 'seasonal-naive' ? said : null;
    lanes.forEach(({ model, scorer }, lane) => {
      const forecast = results[lane]?.[index]?.forecast ?? null;
      if (forecast === null) return;
      scorer.add(forecast, naive);
      onForecast?.(model, forecast);
    });
  });
}

/** Frames of all series in `[from, to)`, in the order of time, then of series. */
export function framesBetween(history: StreamHistory, from: number, to: number): ObservedFrame[] {
  const alive = history.series.flatMap(({ series, runs }) =>
    runs.filter((run) => run.firstGridIndex < to && endOf(run) > from).map((run) => ({ series, run })),
  );
  const frames: ObservedFrame[] = [];
  for (let gridIndex = from; gridIndex < to; gridIndex++) {
    for (const { series, run } of alive) {
      const values = frameAt(run, gridIndex);
      if (values !== null) frames.push({ series, gridIndex, values });
    }
  }
  return frames;
}

/** The first grid step from `from` on that lies in a run of any series; Infinity: none does. Nothing is walked where
 *  all series are in a gap. */
function nextStep({ series }: StreamHistory, from: number): number {
  let next = Infinity;
  for (const { runs } of series) {
    const run = runs.find((one) => endOf(one) > from);
    if (run !== undefined) next = Math.min(next, Math.max(from, run.firstGridIndex));
  }
  return next;
}
