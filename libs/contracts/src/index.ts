export { DEAD_LETTER_HEADERS, deadLetterHeaders, type DeadLetterOrigin } from './dead-letter.js';
export { Duration, durationMs, formatDuration } from './duration.js';
export { describeError, type ErrorCode, ERRORS, type Fate, isDeadLetter, RollcastError } from './errors.js';
export { ChannelEvaluation, Evaluation, judgedLeads } from './evaluation.js';
export { ChannelForecast, Forecast, QUANTILES } from './forecast.js';
export { Frame } from './frame.js';
export { gridIndex, stepBegin } from './grid.js';
export {
  ErrorView,
  ModelsView,
  PublishedView,
  RecentView,
  SeriesView,
  StreamView,
  TrainingJobView,
} from './http.js';
export { describeIssues } from './issues.js';
export {
  IntervalOffsets,
  KalmanRates,
  ModelArtifact,
  NetworkSizes,
  VARIANCE_FLOOR,
} from './model-artifact.js';
export {
  ChampionRecord,
  COLD_START_VERSION,
  MODEL_KINDS,
  ModelKind,
  ModelRecord,
  modelRecordKey,
  ModelVersionName,
  OffsetRange,
  RefusalRecord,
  Score,
  SwitchRecord,
  VersionRecord,
} from './model-version.js';
export { publishedJsonSchemas } from './json-schemas.js';
export { ChannelName, parseSeriesKey, seriesKey, SeriesName, StreamName } from './names.js';
export { MAX_READING_BYTES, Reading } from './reading.js';
export { FRAME_OFFSET_HEADER, frameOffset, frameOffsetHeader } from './frame-offset.js';
export { READING_TIME_HEADER, readingTime, readingTimeHeader } from './reading-time.js';
export { roundTo } from './rounding.js';
export { ownerOf, type Route, ROUTES, type ServiceName } from './routes.js';
export { sizeOfShape } from './shape.js';
export {
  ChannelDefinition,
  conflictingFields,
  defaultSeason,
  fixedFields,
  StreamDefinition,
  StreamDefinitionInput,
} from './stream-definition.js';
export { EventTime, eventTimeMs, formatTime, IsoTime } from './time.js';
export { type TopicName, TOPICS, type TopicSpec } from './topics.js';
export {
  JOB_PRIORITY,
  NO_PROGRESS,
  type Requester,
  REQUESTERS,
  TrainingJob,
  TrainingProgress,
} from './training-job.js';
