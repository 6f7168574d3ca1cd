/** @file Judging: several forecasters over the same frames, by the loop that serves.
 *
 *  Law: every candidate sees the same frames, is asked at the same origins and is scored on the same observed truths,
 *  with what it would have published. A candidate has warmed up its states and its calibration on the frames before the
 *  first origin that counts. Nothing is fitted here. */
import { type Forecast, type IntervalOffsets, judgedLeads, type ModelKind, type Score } from '#contracts';
import { type ChannelScales, ErrorQuantiles, ErrorTable } from '#forecasting';
import type { SeriesHistory, StreamHistory } from './history.js';
import { type ObservedFrame, type ServingModel } from './model-states.js';
import { type OriginResult, RollingOrigin } from './rolling-origin.js';

export interface JudgeRequest {
  readonly history: StreamHistory;
  /** Of the training slice: errors are standardised by them. */
  readonly scales: ChannelScales;
  readonly models: readonly ServingModel[];
  /** Answers while a series is too young for a model. */
  readonly coldStart: ServingModel;
  /** Calibration begins at this grid index. */
  readonly calibrateFrom: number;
  /** The first origin that counts. */
  readonly judgeFrom: number;
  /** Origins counted beside the score by the caller (a report): every forecast that was scored. */
  readonly onForecast?: (model: ServingModel, forecast: Forecast, gridIndex: number) => void;
  readonly signal?: AbortSignal;
}

export interface Judgement {
  readonly model: ServingModel;
  readonly score: Score;
  /** Quantiles of the errors at the counted origins: where a version's calibration may begin. */
  readonly intervals: IntervalOffsets;
  readonly origins: number;
}

/** Grid steps that go through the loop in one call: series share the network's batches. */
const STRIDE = 64;

/** Scores every model; the first of kind seasonal-naive is the yardstick of skill. */
export async function judge(request: JudgeRequest): Promise<Judgement[]> {
  const { history, models, scales, coldStart, calibrateFrom, judgeFrom } = request;
  const { definition } = history;
  const { horizon, channels } = definition;
  const leads = judgedLeads(horizon);
  const lanes = models.map((model) => ({
    model,
    loop: new RollingOrigin(definition, model, coldStart),
    table: new ErrorTable(scales, horizon),
    errors: new ErrorQuantiles(channels.length, horizon, leads),
    origins: 0,
  }));
  const yardstick = models.findIndex(({ kind }: { kind: ModelKind }) => kind === 'seasonal-naive');
  const context = Math.max(
    coldStart.forecaster.context,
    ...models.map(({ forecaster }) => forecaster.context),
  );
  const bySeries = new Map(history.series.map((series) => [series.series, series]));
  const { first, end } = extent(history);

  for (let from = Math.max(first, calibrateFrom - context); from < end;) {
    request.signal?.throwIfAborted();
    // A stride ends where calibration or judging begins, so that each lies wholly before or behind.
    const to = [calibrateFrom, judgeFrom].reduce(
      (next, cut) => (cut > from && cut < next ? cut : next),
      from + STRIDE,
    );
    const frames = framesBetween(history, from, to);
    if (from < calibrateFrom) {
      for (const { loop } of lanes) await loop.replay(frames);
      from = to;
      continue;
    }
    const results: OriginResult[][] = [];
    for (const { loop } of lanes) results.push(await loop.advance(frames));
    if (from >= judgeFrom) {
      frames.forEach((frame, index) => {
        const truth = truthBehind(bySeries.get(frame.series) as SeriesHistory, frame.gridIndex, horizon);
        const said = results[yardstick]?.[index]?.forecast ?? null;
        // Too young a series is answered by the cold start, which is no yardstick.
        const naive = said?.model.kind === 'seasonal-naive' ? said : null;
        lanes.forEach((lane, which) => {
          const forecast = results[which]?.[index]?.forecast ?? null;
          if (forecast === null) return;
          const point = pathOf(definition.channels, forecast, ({ point }) => point);
          lane.table.add({
            truth,
            point,
            lower: pathOf(definition.channels, forecast, ({ quantiles }) => quantiles['0.05']),
            upper: pathOf(definition.channels, forecast, ({ quantiles }) => quantiles['0.95']),
            naive: naive === null ? null : pathOf(definition.channels, naive, ({ point }) => point),
          });
          lane.errors.add(point, truth);
          lane.origins += 1;
          request.onForecast?.(lane.model, forecast, frame.gridIndex);
        });
      });
    }
    from = to;
  }
  return lanes.map(({ model, table, errors, origins }) => ({
    model,
    score: table.score(),
    intervals: errors.offsets(),
    origins,
  }));
}

/** Frames of all series in `[from, to)`, in the order of time, then of series. */
export function framesBetween(history: StreamHistory, from: number, to: number): ObservedFrame[] {
  const frames: ObservedFrame[] = [];
  for (let gridIndex = from; gridIndex < to; gridIndex++) {
    for (const { series, firstGridIndex, steps, values } of history.series) {
      const index = gridIndex - firstGridIndex;
      if (index < 0 || index >= steps || values.every((column) => Number.isNaN(column[index]))) continue;
      frames.push({
        series,
        gridIndex,
        values: Float64Array.from(values, (column) => column[index] as number),
      });
    }
  }
  return frames;
}

/** `[channels * horizon]` truths behind an origin; NaN where not observed (or not there yet). */
export function truthBehind(
  { firstGridIndex, values }: SeriesHistory,
  origin: number,
  horizon: number,
): Float64Array {
  const truth = new Float64Array(values.length * horizon);
  values.forEach((column, channel) => {
    for (let lead = 1; lead <= horizon; lead++) {
      truth[channel * horizon + lead - 1] = column[origin + lead - firstGridIndex] ?? NaN;
    }
  });
  return truth;
}

/** One path of a published forecast, channel by channel as the definition has them. */
export function pathOf(
  channels: readonly { readonly name: string }[],
  forecast: Forecast,
  path: (channel: Forecast['channels'][string]) => readonly number[],
): Float64Array {
  const all = new Float64Array(channels.length * forecast.horizon).fill(NaN);
  channels.forEach(({ name }, index) => {
    const channel = forecast.channels[name];
    if (channel !== undefined) all.set(path(channel), index * forecast.horizon);
  });
  return all;
}

function extent(history: StreamHistory): { readonly first: number; readonly end: number } {
  return {
    first: Math.min(...history.series.map(({ firstGridIndex }) => firstGridIndex)),
    end: Math.max(...history.series.map(({ firstGridIndex, steps }) => firstGridIndex + steps)),
  };
}
