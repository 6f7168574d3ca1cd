export { DEAD_LETTER_HEADERS, deadLetterHeaders } from './dead-letter.js';
export { Duration, durationMs, formatDuration } from './duration.js';
export { describeError, type ErrorCode, ERRORS, isDeadLetter, RollcastError } from './errors.js';
export { Evaluation, judgedLeads } from './evaluation.js';
export { Forecast, QUANTILES } from './forecast.js';
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
export { describeIssues, firstIssue } from './issues.js';
export { IntervalOffsets, KalmanRates, ModelArtifact, VARIANCE_FLOOR } from './model-artifact.js';
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
export { parseSeriesKey, seriesKey, SeriesName, StreamName } from './names.js';
export { MAX_READING_BYTES, Reading } from './reading.js';
export { frameOffset, frameOffsetHeader } from './frame-offset.js';
export { SERIES_LIFE_HEADER, seriesLife, seriesLifeHeader } from './series-life.js';
export { READING_TIME_HEADER, readingTimeHeader } from './reading-time.js';
export { roundTo } from './rounding.js';
export { ownerOf, type ServiceName } from './routes.js';
export { sizeOfShape } from './shape.js';
export {
  conflictingFields,
  fixedFields,
  StreamDefinition,
  StreamDefinitionInput,
} from './stream-definition.js';
export { eventTimeMs, formatTime, isEventTime } from './time.js';
export { TOPICS } from './topics.js';
export { JOB_PRIORITY, NO_PROGRESS, type Requester, TrainingJob, TrainingProgress } from './training-job.js';
