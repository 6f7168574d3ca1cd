/** @file What the HTTP routes answer, as zod schemas: written by the services, read by the page and the CLI.
 *
 *  GET    /v1/streams                                    StreamView[]
 *  GET    /v1/streams/:stream                            StreamView          PUT (StreamDefinitionInput), DELETE
 *  POST   /v1/streams/:stream/readings                   Reading[] -> PublishedView
 *  GET    /v1/streams/:stream/series                     SeriesView[]
 *  GET    /v1/streams/:stream/series/:series/forecast    Forecast
 *  GET    /v1/streams/:stream/series/:series/recent      RecentView
 *  GET    /v1/forecasts/events?stream=&series=           server-sent events `forecast`, data: Forecast
 *  GET    /v1/streams/:stream/training-jobs              TrainingJobView[], newest first
 *  POST   /v1/streams/:stream/training-jobs              { seed? } -> TrainingJobView
 *  GET    /v1/streams/:stream/training-jobs/:job         TrainingJobView     DELETE cancels
 *  GET    /v1/streams/:stream/models                     ModelsView
 *  PUT    /v1/streams/:stream/models/champion            { version } -> ModelsView (roll back by hand)
 *
 *  Every error is answered as ErrorView with the status of its code; what the web framework refuses is INVALID_REQUEST
 *  with the framework's status. */
import { z } from 'zod';
import { Forecast } from './forecast.js';
import {
  ChampionRecord,
  ModelKind,
  ModelVersionName,
  RefusalRecord,
  VersionRecord,
} from './model-version.js';
import { ChannelName, SeriesName } from './names.js';
import { StreamDefinition } from './stream-definition.js';
import { IsoTime } from './time.js';
import { REQUESTERS, TrainingProgress } from './training-job.js';

export const ErrorView = z.object({
  code: z.string(),
  message: z.string(),
  /** Of our own bug: under it the service's log says more. */
  id: z.string().optional(),
});
export type ErrorView = z.infer<typeof ErrorView>;

export const StreamView = z.object({
  definition: StreamDefinition,
  /** Bytes that the predictor keeps for one series when CMamba serves. */
  memoryPerSeriesBytes: z.int().positive(),
  /** Frames of a series before its first CMamba forecast. */
  firstForecastAfterFrames: z.int().positive(),
  /** Grid steps that a training needs at least. */
  trainingNeedsSteps: z.int().positive(),
});
export type StreamView = z.infer<typeof StreamView>;

export const PublishedView = z.object({
  accepted: z.int().nonnegative(),
  rejected: z.array(z.object({ index: z.int().nonnegative(), code: z.string(), message: z.string() })),
});
export type PublishedView = z.infer<typeof PublishedView>;

export const SeriesView = z.object({
  series: SeriesName,
  /** Time of the newest frame. */
  lastFrame: IsoTime,
  /** Grid steps from the first frame (since the last long gap) to the newest. */
  steps: z.int().positive(),
  model: z.object({ kind: ModelKind, version: ModelVersionName }),
  /** While a simpler model answers for the champion: frames seen and needed. */
  warmingUp: Forecast.shape.warmingUp,
});
export type SeriesView = z.infer<typeof SeriesView>;

/** Observed values of the newest steps of a series, as the predictor keeps them. */
export const RecentView = z.object({
  /** Grid step of the first entry of every array. */
  from: IsoTime,
  frequencyMs: z.int().positive(),
  values: z.record(ChannelName, z.array(z.union([z.number(), z.null()]))),
});
export type RecentView = z.infer<typeof RecentView>;

export const TrainingJobView = z.object({
  job: z.string(),
  state: z.enum(['waiting', 'running', 'completed', 'failed', 'cancelled']),
  requestedBy: z.enum(REQUESTERS),
  requestedAt: IsoTime,
  finishedAt: z.union([IsoTime, z.null()]),
  progress: z.union([TrainingProgress, z.null()]),
  /** Of a completed job: what the gate said, and the version that came of it. */
  verdict: z.union([
    z.object({ promoted: z.boolean(), version: ModelVersionName, kind: ModelKind, reason: z.string() }),
    z.null(),
  ]),
  problem: z.union([ErrorView, z.null()]),
});
export type TrainingJobView = z.infer<typeof TrainingJobView>;

export const ModelsView = z.object({
  champion: z.union([ChampionRecord, z.null()]),
  /** Newest first. */
  versions: z.array(VersionRecord),
  refusals: z.array(RefusalRecord),
});
export type ModelsView = z.infer<typeof ModelsView>;
